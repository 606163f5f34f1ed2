// A form that is filled by keys: each field or link says its own key, Enter sends. Typing in a field is left alone.
const form = document.querySelector("form[data-keys]");
if (form) form.dataset.keys = "ready";

document.addEventListener("keydown", (event) => {
  if (!form || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  if (event.key === "Escape" && typing) event.target.blur();
  if (typing) return;
  if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button.primary")); // of several ways to send, the foremost
    return;
  }
  const wanted = [...form.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key.toLowerCase());
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("input:not([type=radio], [type=checkbox])")) wanted.focus();
  else wanted.click();
});
