/* Moving a line by its grip, with mouse, pen or finger. The others make way while it moves; into another
   list it goes once it is let go, to where a bar shows. */

import { all, one } from "./dom.js";

const EDGE = 90; // px from the edge of the window where the page begins to scroll by itself

/** `what` is the query of the things in `root` that move, each by a grip of its own. */
export function dragLines(root, what, moved) {
  root.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    const thing = grip?.closest("[data-line], [data-group]");
    if (!thing?.matches(what) || event.button !== 0) return;
    event.preventDefault();
    const lists = thing.matches("[data-line]") ? all("[data-lines]", root).filter((list) => takes(list, thing)) : [];
    drag(thing, grip, lists, event, moved);
  });
}

/** Whether a list has room for this line: a choice holds no headings. */
export const takes = (list, line) => !line.matches(".line-text") || list.dataset.texts !== undefined;

function drag(line, grip, lists, { pointerId, clientY: startY }, moved) {
  const list = line.parentElement;
  const home = line.nextElementSibling;
  const first = line.offsetTop;
  const scrolled = scrollY;
  let y = startY;
  let going = true;
  let away = null; // the other list that the pointer is over

  const place = () => {
    const top = first + (y - startY) + (scrollY - scrolled);
    away = lists.find((other) => other !== list && inside(other, y)) ?? null;
    if (away) mark(away, y);
    else {
      unmark();
      let next = line.nextElementSibling;
      // The neighbours jump, never the line itself: taken out of the page it would lose the pointer.
      while (next && top + line.offsetHeight > middle(next)) {
        line.before(next);
        next = line.nextElementSibling;
      }
      let previous = line.previousElementSibling;
      while (previous && top < middle(previous)) {
        line.after(previous);
        previous = line.previousElementSibling;
      }
    }
    line.style.transform = `translateY(${top - line.offsetTop}px)`;
  };
  const roll = () => {
    if (!going) return;
    const below = one(".savebar")?.offsetHeight || one(".bar")?.offsetHeight || 0;
    if (y < EDGE) scrollBy(0, -10);
    else if (y > innerHeight - below - EDGE) scrollBy(0, 10);
    place();
    requestAnimationFrame(roll);
  };
  const follow = (event) => {
    if (event.pointerId === pointerId) y = event.clientY;
  };
  const stop = (event) => {
    const key = event.type === "keydown";
    if (key ? event.key !== "Escape" : event.pointerId !== pointerId) return;
    going = false;
    for (const name of ["pointermove", "pointerup", "pointercancel", "keydown"]) {
      document.removeEventListener(name, name === "pointermove" ? follow : stop);
    }
    const dropped = event.type === "pointerup";
    if (dropped) place();
    else list.insertBefore(line, home);
    const there = dropped && away && one(".drop-before, .drop-last");
    line.removeAttribute("style");
    line.classList.remove("dragging");
    unmark();
    if (there) away.insertBefore(line, there === away ? null : there);
    if (there || line.nextElementSibling !== home) moved(line);
  };

  grip.setPointerCapture?.(pointerId);
  line.classList.add("dragging");
  document.addEventListener("pointermove", follow);
  for (const name of ["pointerup", "pointercancel", "keydown"]) document.addEventListener(name, stop);
  requestAnimationFrame(roll);
}

const middle = (line) => line.offsetTop + line.offsetHeight / 2;

function inside(list, y) {
  const { top, bottom } = list.getBoundingClientRect();
  return y >= top && y <= bottom;
}

/* Where the line would go: before one of the list's lines, or at its end. */
function mark(list, y) {
  const next = [...list.children].find((other) => {
    const { top, height } = other.getBoundingClientRect();
    return y < top + height / 2;
  });
  const place = next ?? list;
  const name = next ? "drop-before" : "drop-last";
  if (place.classList.contains(name)) return;
  unmark();
  place.classList.add(name);
}

function unmark() {
  for (const place of all(".drop-before, .drop-last")) place.classList.remove("drop-before", "drop-last");
}
