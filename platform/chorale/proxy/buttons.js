// Label Studio's page in the rater's words. Texts are changed within their nodes, so that React finds every node where it
// put it; what it writes anew is changed again. What people wrote, in items and forms, is never touched.
const told = JSON.parse(document.getElementById("chorale-words").dataset.told);
const NAMED = ["aria-label", "title"];
const KEYS = /^(.+?):? (\[.*\])$/s; // a sentence and the keys that do the same
const OURS = ".chorale-sheet, .chorale-back, .chorale-guide, .chorale-warning, script, style, textarea";

const ours = (text) => {
  const bare = text.trim();
  if (Object.hasOwn(told.words, bare)) return told.words[bare];
  const [, sentence, keys] = KEYS.exec(bare) ?? [];
  return sentence && Object.hasOwn(told.words, sentence) ? `${told.words[sentence]} ${keys}` : null;
};

const last = new WeakMap(); // what we wrote into a text, which is not to be read as theirs

const say = (node) => {
  const instead = last.get(node) === node.data ? null : ours(node.data);
  if (instead === null || node.parentElement?.closest(OURS)) return;
  last.set(node, node.data.replace(node.data.trim(), () => instead)); // the space around it stays
  node.data = last.get(node);
};

const name = (element) => {
  for (const attribute of NAMED) {
    const instead = ours(element.getAttribute(attribute) ?? "");
    if (instead !== null && instead !== element.getAttribute(attribute)) element.setAttribute(attribute, instead);
  }
};

const walk = (node) => {
  if (node.nodeType === Node.TEXT_NODE) say(node);
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  name(node);
  node.childNodes.forEach(walk);
};

const page = document.documentElement;
page.lang = told.lang;
page.dir = told.dir;
page.style.setProperty("--chorale-end", JSON.stringify(told.end));
page.style.setProperty("--chorale-end-more", JSON.stringify(told.more));
walk(document.body);
new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "attributes") name(change.target);
    else if (change.type === "characterData") say(change.target);
    else change.addedNodes.forEach(walk);
  }
}).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: NAMED });
