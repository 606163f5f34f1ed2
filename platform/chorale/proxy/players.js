// Recordings that are compared: Shift and a card's letter plays or pauses it, and only one is heard at a time.
const players = () => [...document.querySelectorAll(".chorale-card")].map((card) => card.querySelector("audio, video"));

document.addEventListener(
  "keydown",
  (event) => {
    if (!event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest?.("input[type=text], textarea, [contenteditable=true]")) return;
    const player = players()[(event.code ?? "").charCodeAt(3) - 65];
    if (!player || !event.code.startsWith("Key")) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the form has keys of its own
    if (player.paused) player.play();
    else player.pause();
  },
  true,
);

document.addEventListener(
  "play",
  (event) => {
    for (const other of players()) if (other && other !== event.target) other.pause();
  },
  true,
);
