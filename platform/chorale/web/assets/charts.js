// Draws every <figure data-chart> from the Vega-Lite specification inside it, by the interpreter: no code is evaluated.
import embed from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

const root = document.documentElement;
const probe = document.createElement("i");
probe.hidden = true;
document.body.append(probe);

// Colours are tokens of the theme ("--em-joy"); they are looked up when the chart is drawn.
function colour(token) {
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}

function resolve(part) {
  if (typeof part === "string") return /^--[a-z0-9-]+$/.test(part) ? colour(part) : part;
  if (Array.isArray(part)) return part.map(resolve);
  if (part && typeof part === "object") return Object.fromEntries(Object.entries(part).map(([k, v]) => [k, resolve(v)]));
  return part;
}

function look(width) {
  const font = getComputedStyle(document.body).fontFamily;
  const [ink, soft, line] = ["--ink-2", "--ink-3", "--line"].map(colour);
  const text = { labelFont: font, titleFont: font, labelColor: ink, titleColor: soft, labelFontSize: 12, titleFontSize: 12 };
  return {
    background: null,
    font,
    view: { stroke: null },
    axis: { ...text, titleFontWeight: 500, gridColor: line, domainColor: line, tickColor: line, labelLimit: width < 360 ? 132 : 170 },
    legend: { ...text, titleFontWeight: 500, orient: "bottom" },
    header: text,
    bar: { cornerRadiusEnd: 2 },
    rule: { color: ink },
    point: { filled: true, size: 60 },
    text: { color: ink, font, fontSize: 11 },
    rect: { stroke: colour("--surface"), strokeWidth: 1 },
  };
}

async function draw(figure) {
  const stage = figure.querySelector("[data-stage]");
  const spec = resolve(JSON.parse(figure.querySelector("script").textContent));
  const options = { ast: true, expr: expressionInterpreter, renderer: "svg", actions: false, logLevel: 1, config: look(figure.clientWidth) };
  const tooltip = { theme: "custom", disableDefaultStyle: true };
  figure.view?.finalize();
  const result = await embed(stage, spec, { ...options, defaultStyle: false, tooltip });
  figure.view = result.view;
  figure.dataset.drawn = "yes";
}

function attempt(figure) {
  draw(figure).catch((error) => {
    figure.dataset.drawn = "failed";
    console.error(error);
  });
}

// A chart takes the width of its place, so one in a hidden tab waits until it is shown.
const watch = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting && !target.dataset.drawn) attempt(target);
  },
  { rootMargin: "4000px" },
);

function watchAll() {
  for (const figure of document.querySelectorAll("figure[data-chart]")) watch.observe(figure);
}

watchAll();
document.addEventListener("htmx:afterSettle", watchAll);
root.addEventListener("chorale:theme", () => {
  for (const figure of document.querySelectorAll("figure[data-drawn]")) attempt(figure);
});
