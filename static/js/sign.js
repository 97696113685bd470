/* Signing by hand: finger, pen or mouse on the pad. Without this module typing is the way (QUO-6). */

import SignaturePad from "../vendor/signature_pad.js";

const LARGEST = { width: 1600, height: 800 };
const INK = "#16202a";

const field = document.querySelector("[data-drawn]");
const form = field.form;
const canvas = form.querySelector("[data-sign]");
const pad = new SignaturePad(canvas, { minWidth: 0.8, maxWidth: 2.6, penColor: INK });
const ways = [...form.querySelectorAll("[name=how]")];

/* The canvas has as many pixels as the screen, up to what the server takes. What is drawn already stays. */
let width = 0;
function fit() {
  if (!canvas.clientWidth || canvas.clientWidth === width) return;
  const strokes = pad.toData();
  const old = width;
  width = canvas.clientWidth;
  const ratio = Math.min(
    Math.max(window.devicePixelRatio || 1, 1),
    LARGEST.width / width,
    LARGEST.height / canvas.clientHeight,
  );
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  canvas.getContext("2d").scale(ratio, ratio);
  pad.clear();
  if (strokes.length) {
    const scale = Math.min(1, width / (old || width));
    for (const stroke of strokes) for (const point of stroke.points) point.x *= scale;
    pad.fromData(strokes);
  } else if (field.value) {
    pad.fromDataURL(field.value, { width, height: canvas.clientHeight });
  }
}

function keep() {
  field.value = pad.isEmpty() ? "" : pad.toDataURL("image/png");
}

pad.addEventListener("endStroke", keep);
form.querySelector("[data-clear]").addEventListener("click", () => {
  pad.clear();
  field.value = "";
});

/* With script drawing comes first; who chose typing before, or has typed, finds that again. */
const isFresh = !field.value && !form.querySelector("[name=typed]").value;
if (isFresh && !form.querySelector("[data-problems]")) {
  form.querySelector("[name=how][value=drawn]").checked = true;
}
for (const way of ways) way.addEventListener("change", fit);
addEventListener("resize", fit);
fit();
