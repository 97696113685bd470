/* Moving a line by its grip, with mouse, pen or finger. The others make way while it moves. */

import { one } from "./dom.js";

const EDGE = 90; // px from the edge of the window where the page begins to scroll by itself

export function dragLines(list, moved) {
  list.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    drag(grip.closest("[data-line]"), event, moved);
  });
}

function drag(line, { pointerId, clientY: startY }, moved) {
  const grip = one("[data-grip]", line);
  const home = line.nextElementSibling;
  const first = line.offsetTop;
  const scrolled = scrollY;
  let y = startY;
  let going = true;

  const place = () => {
    const top = first + (y - startY) + (scrollY - scrolled);
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
    if (event.type === "pointerup") place();
    else line.parentElement.insertBefore(line, home);
    line.removeAttribute("style");
    line.classList.remove("dragging");
    if (line.nextElementSibling !== home) moved(line);
  };

  grip.setPointerCapture?.(pointerId);
  line.classList.add("dragging");
  document.addEventListener("pointermove", follow);
  for (const name of ["pointerup", "pointercancel", "keydown"]) document.addEventListener(name, stop);
  requestAnimationFrame(roll);
}

const middle = (line) => line.offsetTop + line.offsetHeight / 2;
