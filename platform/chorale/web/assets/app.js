// Small behaviours of the frame. Every page works without them, except that nothing updates by itself.
const root = document.documentElement;

function toggleTheme() {
  const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
  localStorage.setItem("chorale-theme", next);
  root.dataset.bsTheme = next;
  root.dispatchEvent(new CustomEvent("chorale:theme"));
}

async function copyFrom(button) {
  const source = document.getElementById(button.dataset.copy);
  // Browsers lend the clipboard to secure origins alone: elsewhere the text is marked, ready for Ctrl-C.
  if (!navigator.clipboard) return getSelection().selectAllChildren(source);
  await navigator.clipboard.writeText(source.innerText.trim());
  const word = button.querySelector("[data-word]") ?? button;
  const before = word.textContent;
  word.textContent = "Copied";
  setTimeout(() => (word.textContent = before), 1600);
}

// On a low screen the place one is at must still be in sight.
document.querySelector(".frame > .rail [aria-current]")?.scrollIntoView({ block: "nearest" });

// The labelling page lives on another origin: it is told light or dark on the way there.
document.addEventListener("submit", (event) => {
  const told = event.target.querySelector("input[name=theme]");
  if (told) told.value = root.dataset.bsTheme;
});

// Rows of an editor: one is moved among its neighbours or left out; what follows from them is drawn again.
const moves = {
  raise: (row) => row.previousElementSibling?.before(row),
  lower: (row) => row.nextElementSibling?.after(row),
  drop: (row) => row.remove(),
};
function moveRow(button) {
  const row = button.closest("fieldset");
  const form = row.form;
  moves[button.dataset.act](row);
  (row.isConnected ? button : form.querySelector("[name=more]"))?.focus();
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-act], [data-copy], [data-opens]");
  if (!target) {
    for (const open of document.querySelectorAll("details.menu[open]")) if (!open.contains(event.target)) open.open = false;
    return;
  }
  if (target.dataset.act === "theme") toggleTheme();
  if (target.dataset.copy) copyFrom(target);
  if (target.dataset.opens) document.getElementById(target.dataset.opens).showModal();
  if (target.dataset.act === "close") target.closest("dialog").close();
  if (target.dataset.act === "dismiss") target.closest("[data-flash]").remove();
  if (target.dataset.act in moves) moveRow(target);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// Typing takes the place of a choice made beside it: the choice goes back to the one that stands for what is typed.
document.addEventListener("input", (event) => {
  const name = event.target.dataset?.instead;
  const typed = name && event.target.form.querySelector(`input[type=radio][name="${name}"][value=""]`);
  if (typed) typed.checked = true;
});

// A changed filter submits its form; the button stays for readers without scripts.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-live]");
  if (form) form.requestSubmit();
});

// Empty filters stay out of the address.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-live]");
  if (form) for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
});
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-live] [name]:disabled")) field.disabled = false;
});

// Tabs are plain links to #panels, so that they open by address and without scripts all panels show.
function showTab() {
  for (const bar of document.querySelectorAll("[data-tabs]")) {
    const links = [...bar.querySelectorAll("a[href^='#']")];
    const wanted = links.find((link) => link.hash === location.hash) ?? links[0];
    for (const link of links) {
      link.setAttribute("aria-current", link === wanted ? "true" : "false");
      document.querySelector(link.hash).hidden = link !== wanted;
    }
  }
  for (const bar of document.querySelectorAll(".tabs")) bringIntoSight(bar);
}

// On a narrow screen a bar of tabs scrolls: the open one stands in its middle, as far as it can. The page stays put.
function bringIntoSight(bar) {
  const open = bar.querySelector("[aria-current=true], [aria-current=page]");
  if (!open) return;
  const [within, tab] = [bar.getBoundingClientRect(), open.getBoundingClientRect()];
  bar.scrollLeft += tab.left + tab.width / 2 - within.left - within.width / 2;
}
addEventListener("hashchange", showTab);
document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tabs] a[href^='#']");
  if (!tab || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault(); // as a jump to the panel would take its bar out of sight
  history.pushState(null, "", tab.hash);
  showTab();
});
showTab();

// Captions stand beside their player: a click plays from there, and what is being said is marked.
for (const list of document.querySelectorAll("[data-cues]")) {
  const player = list.parentElement.querySelector("audio, video");
  if (!player) continue;
  list.addEventListener("click", (event) => {
    const cue = event.target.closest("[data-seek]");
    if (!cue) return;
    player.currentTime = Number(cue.dataset.seek);
    player.play();
  });
  player.addEventListener("timeupdate", () => {
    for (const line of list.children) {
      const said = player.currentTime >= Number(line.dataset.from) && player.currentTime < Number(line.dataset.to);
      if (said) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  });
}
