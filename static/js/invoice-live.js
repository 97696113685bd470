/* The invoice's page asks every three seconds whether it is still as drawn; not while nobody looks, and not
   while a menu or a dialog is open, which the new drawing would close. */
const part = () => document.querySelector("[data-live]");
const busy = () =>
  document.hidden || document.querySelector("[data-live] details[open], .bar details[open], dialog[open]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches?.("[data-live]") && busy()) event.preventDefault();
});
// Signed out meanwhile, or gone: a whole page has no place here, so that page is opened instead.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, xhr } = event.detail;
  if (!elt.matches?.("[data-live]") || !/<html[\s>]/i.test(xhr.responseText.slice(0, 400))) return;
  event.detail.shouldSwap = false;
  location.reload();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && part() && window.htmx) window.htmx.trigger(part(), "wake");
});
