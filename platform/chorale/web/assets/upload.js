// Files on their way in, by tus: in pieces, with pause, and going on after a broken line or a reload of the page.
import { Upload } from "tus-js-client";

const CHUNK = 8 << 20;
const AT_ONCE = 2;
const PATIENCE = [0, 1000, 2000, 4000, 8000, 15000, 30000, 30000, 60000];
const board = document.querySelector("[data-uploads]");
const list = board.querySelector("[data-list]");
const blank = board.querySelector("template");
const asking = { "X-CSRFToken": board.dataset.csrf };
const waiting = [];
const running = new Set();

function size(bytes) {
  let value = bytes;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (value < 1000) return unit === "B" ? `${value} B` : `${value.toPrecision(3)} ${unit}`;
    value /= 1000;
  }
  return `${value.toFixed(1)} TB`;
}

function time(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min left` : `${(seconds / 3600).toFixed(1)} h left`;
}

// One line of the list: a file, what has arrived of it, and what may be done about it.
class Line {
  constructor(row) {
    this.row = row;
    this.url = row.dataset.url || null;
    this.name = row.dataset.name;
    this.bytes = Number(row.dataset.bytes);
    row.addEventListener("click", (event) => {
      const act = event.target.closest("[data-do]")?.dataset.do;
      if (act === "pause") this.pause();
      if (act === "resume") this.resume();
      if (act === "remove") this.remove();
    });
  }

  say(state, text, tone = "") {
    this.row.dataset.state = state;
    const badge = this.row.querySelector("[data-badge]");
    badge.textContent = text;
    badge.className = `badge ${tone}`;
    tally();
  }

  show(received, note = "") {
    this.row.querySelector("progress").value = received;
    this.row.querySelector("[data-received]").textContent = `${size(received)} of ${size(this.bytes)}${note && ` · ${note}`}`;
  }

  take(file) {
    this.file = file;
    this.hash = digest(file);
    this.trouble("");
    this.say("waiting", "waiting");
    waiting.push(this);
    next();
  }

  start() {
    running.add(this);
    this.say("running", "uploading", "live");
    this.marks = [];
    this.upload = new Upload(this.file, {
      endpoint: board.dataset.uploads,
      uploadUrl: this.url,
      chunkSize: CHUNK,
      retryDelays: PATIENCE,
      metadata: { filename: this.name },
      headers: asking,
      storeFingerprintForResuming: false, // the server knows what has arrived
      onAfterResponse: (_, answer) => {
        this.url = answer.getHeader("Location") ?? this.url;
        if (this.row.dataset.state === "broken") this.say("running", "uploading", "live");
      },
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        if (status && status !== 409 && status !== 423 && status < 500) return false;
        this.say("broken", "line broken, trying again", "warn");
        return true;
      },
      onProgress: (sent) => this.progress(sent),
      onSuccess: () => this.arrived(),
      onError: (error) => this.failed(error),
    });
    this.upload.start();
  }

  progress(sent) {
    const now = performance.now();
    this.marks.push([now, sent]);
    while (this.marks.length > 2 && now - this.marks[0][0] > 8000) this.marks.shift();
    const [[begun, before]] = this.marks;
    const rate = ((sent - before) / (now - begun)) * 1000;
    this.show(sent, rate > 0 ? `${size(rate)}/s, ${time((this.bytes - sent) / rate)}` : "");
  }

  async arrived() {
    this.show(this.bytes);
    this.say("checking", "checking SHA-256", "live");
    const told = await this.hash;
    if (told.error) return this.halt("failed", "cannot be read", `The file could not be read: ${told.error}`);
    const headers = { ...asking, "Content-Type": "application/json" };
    const url = this.url ?? this.upload.url;
    const answer = await fetch(`${url}/check`, { method: "POST", headers, body: JSON.stringify({ sha256: told.sha256 }) }).catch(() => null);
    if (!answer?.ok) return this.halt("failed", "not checked", "The line broke while the file was checked. Resume to check again.");
    const found = await answer.json();
    this.url = url;
    if (!found.checked) return this.halt("damaged", "damaged", "What arrived differs from the file, which may have changed meanwhile. Remove it and choose it again.");
    this.row.querySelector("[data-hash]").textContent = `sha256 ${found.sha256.slice(0, 16)}…`;
    this.done();
  }

  done() {
    running.delete(this);
    this.say("whole", "here, checked", "good");
    next();
  }

  failed(error) {
    let told = "The line to the server broke. What has arrived is kept.";
    try {
      const body = JSON.parse(error.originalResponse.getBody());
      told = `${body.title} ${body.fix}`;
    } catch {} // no answer at all
    this.halt("failed", "stopped", told);
  }

  halt(state, text, told) {
    running.delete(this);
    this.trouble(told);
    this.say(state, text, "bad");
    next();
  }

  trouble(text) {
    this.row.querySelector("[data-trouble]").textContent = text;
  }

  async pause() {
    running.delete(this);
    if (waiting.includes(this)) waiting.splice(waiting.indexOf(this), 1);
    this.say("paused", "paused", "warn");
    await this.upload?.abort();
    this.url = this.upload?.url ?? this.url;
    next();
  }

  resume() {
    if (!this.file) return board.querySelector("input[type=file]").click();
    this.trouble("");
    this.url = this.upload?.url ?? this.url;
    this.say("waiting", "waiting");
    waiting.push(this);
    next();
  }

  async remove() {
    await this.pause();
    if (this.url) await fetch(this.url, { method: "DELETE", headers: { ...asking, "Tus-Resumable": "1.0.0" } });
    this.row.remove();
    lines.delete(this.name);
    tally();
  }
}

function digest(file) {
  return new Promise((resolve) => {
    const worker = new Worker(board.dataset.hash);
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = (event) => resolve({ error: event.message });
    worker.postMessage(file);
  });
}

function next() {
  while (running.size < AT_ONCE && waiting.length) waiting.shift().start();
}

const lines = new Map([...list.children].map((row) => [row.dataset.name, new Line(row)]));

function add(file) {
  const name = (file.webkitRelativePath || file.name).replace(/^\/+/, "");
  let line = lines.get(name);
  if (line && line.row.dataset.state === "whole") return;
  if (line && line.bytes !== file.size) return line.trouble(`This is another file of that name: ${size(file.size)}. Remove the first one, or choose the same file again.`);
  if (!line) {
    const row = blank.content.firstElementChild.cloneNode(true);
    Object.assign(row.dataset, { name, bytes: file.size });
    row.querySelector("[data-file]").textContent = name;
    row.querySelector("progress").max = file.size || 1;
    list.append(row);
    line = new Line(row);
    lines.set(name, line);
    line.show(0);
  } else if (["running", "waiting", "checking", "broken"].includes(line.row.dataset.state)) return;
  line.take(file);
}

// What is here in all, and whether one may go on.
function tally() {
  const states = [...list.children].map((row) => row.dataset.state);
  const whole = states.filter((state) => state === "whole").length;
  board.querySelector("[data-sum]").textContent = states.length ? `${whole} of ${states.length} here` : "";
  const on = document.querySelector("[data-on]");
  if (on) on.disabled = !whole || whole < states.length;
}

// Files may be there before this script: chosen while it loaded, or put back by the browser. None is taken up twice.
const inputs = board.querySelectorAll("input[type=file]");
function takeUp() {
  for (const input of inputs) {
    for (const file of input.files) if (!file.name.startsWith(".")) add(file);
    input.value = "";
  }
}
for (const input of inputs) input.addEventListener("change", takeUp);
addEventListener("pageshow", takeUp);
takeUp();
const zone = board.querySelector("[data-zone]");
for (const name of ["dragover", "dragleave", "drop"])
  zone.addEventListener(name, (event) => {
    event.preventDefault();
    zone.classList.toggle("over", name === "dragover");
    if (name === "drop") for (const file of event.dataTransfer.files) add(file);
  });
addEventListener("online", () => {
  for (const line of lines.values()) if (line.row.dataset.state === "failed" && line.file) line.resume();
});
addEventListener("beforeunload", (event) => {
  if (running.size) event.preventDefault();
});
tally();
