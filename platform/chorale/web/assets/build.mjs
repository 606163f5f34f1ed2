// Bundles the page assets into build/assets/chorale: theme and kit as CSS, scripts, fonts, and a sprite of the icons used.
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../../..");
const out = join(root, "build/assets/chorale");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

await build({
  entryPoints: {
    app: join(here, "app.js"),
    theme: join(here, "theme.js"),
    charts: join(here, "charts.js"),
    upload: join(here, "upload.js"),
    hash: join(here, "hash.js"),
    keys: join(here, "keys.js"),
    style: join(here, "style.css"),
  },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  nodePaths: [join(root, "node_modules")],
  loader: { ".woff2": "file", ".woff": "file" },
  assetNames: "fonts/[name]-[hash]",
  legalComments: "linked",
  logLevel: "warning",
});

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (/\.(html|py)$/.test(name)) yield path;
  }
}

// Every icon is named in a template ({% icon "home" %}) or in Python (icon="home"); only those are shipped.
const names = new Set();
for (const path of files(resolve(here, "..")))
  for (const found of readFileSync(path, "utf8").matchAll(/(?:% icon |icon=)"([a-z0-9-]+)"/g)) names.add(found[1]);

const symbols = [...names].sort().map((name) => {
  const source = readFileSync(join(root, `node_modules/@tabler/icons/icons/outline/${name}.svg`), "utf8");
  const inner = source.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s+/g, " ");
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.trim()}</symbol>`;
});
writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
