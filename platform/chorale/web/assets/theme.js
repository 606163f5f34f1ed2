// Runs before the first paint: the reader's choice of light or dark, else the system's.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const choice = localStorage.getItem("chorale-theme");
  const dark = choice ? choice === "dark" : system.matches;
  root.dataset.bsTheme = dark ? "dark" : "light";
}

apply();
system.addEventListener("change", () => {
  apply();
  root.dispatchEvent(new CustomEvent("chorale:theme"));
});
root.classList.add("has-script");
