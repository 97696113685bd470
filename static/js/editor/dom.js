/* What the editor's modules share: finding elements, and the page's own words. */

export const one = (query, from = document) => from.querySelector(query);
export const all = (query, from = document) => [...from.querySelectorAll(query)];

/* The words stand in the page, translated, as data of the live region: `{name}` is a blank to fill in. */
export const words = (name, values = {}) =>
  (one("#lines-news")?.dataset[name] ?? "").replace(/\{(\w+)\}/g, (blank, key) => values[key] ?? blank);

let speaking = 0;
/** Tell a screen reader. The same sentence twice is told twice. */
export function say(text) {
  const news = one("#lines-news");
  if (!news) return;
  // Letters are changed, no node is made: see `patch` in totals.js.
  const spoken = news.firstChild ?? news.appendChild(new Text());
  clearTimeout(speaking);
  spoken.data = "";
  speaking = setTimeout(() => {
    spoken.data = text;
  }, 60);
}
