// A run as a moving picture: a GIF, which goes anywhere, or a WebM, which is sharper and smaller.
import { applyPalette, GIFEncoder, quantize } from "gifenc";

const COLOURS = 128;
const FRAME = 60; // ms
const HELD = 1500; // ms that the last picture stays
const SAMPLED = 3; // pictures that the palette is made of

const breath = () => new Promise((resolve) => setTimeout(resolve));
const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

/**
 * draw(snapshot) -> canvas; told(share): how much is done.
 * @param {any[]} snapshots
 * @param {(snapshot: any) => HTMLCanvasElement} draw
 * @param {(share: number) => void} told
 */
export async function gif(snapshots, draw, told) {
  const copy = document.createElement("canvas"); // that can be read without waiting for what draws
  const reader = copy.getContext("2d", { willReadFrequently: true });
  const pictures = [];
  for (const snapshot of snapshots) {
    const canvas = draw(snapshot);
    const { width, height } = canvas;
    if (pictures.length === 0) {
      Object.assign(copy, { width, height });
    }
    reader.drawImage(canvas, 0, 0);
    pictures.push({ width, height, data: reader.getImageData(0, 0, width, height).data });
    told((0.4 * pictures.length) / snapshots.length);
    await breath();
  }

  const palette = paletteOf(pictures);
  const encoder = GIFEncoder();
  for (const [i, { width, height, data }] of pictures.entries()) {
    const delay = i === pictures.length - 1 ? HELD : FRAME;
    encoder.writeFrame(applyPalette(data, palette), width, height, { delay, ...(i === 0 ? { palette } : {}) });
    told(0.4 + (0.6 * (i + 1)) / pictures.length);
    await breath();
  }
  encoder.finish();
  return encoder.bytes();
}

// One for all pictures, or colours would flicker.
function paletteOf(pictures) {
  const at = Array.from({ length: SAMPLED }, (_, i) => Math.round(((i + 1) / SAMPLED) * (pictures.length - 1)));
  const { length } = pictures[0].data;
  const all = new Uint8ClampedArray(SAMPLED * length);
  at.forEach((index, i) => all.set(pictures[index].data, i * length));
  return quantize(all, COLOURS);
}

const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];
const typeOf = () => globalThis.MediaRecorder && TYPES.find((type) => MediaRecorder.isTypeSupported(type));

/**
 * As long as it plays.
 * @param {any[]} snapshots
 * @param {(snapshot: any) => HTMLCanvasElement} draw
 * @param {(share: number) => void} told
 */
export async function webm(snapshots, draw, told) {
  if (!typeOf() || !HTMLCanvasElement.prototype.captureStream) {
    throw new Error("This browser records no WebM: save the film as a GIF.");
  }
  const stream = draw(snapshots[0]).captureStream();
  const recorder = new MediaRecorder(stream, { mimeType: typeOf(), videoBitsPerSecond: 8e6 });
  const chunks = [];
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const ended = new Promise((resolve, reject) => {
    recorder.onstop = resolve;
    recorder.onerror = () => reject(new Error("This browser could not record the film: save it as a GIF."));
  });

  recorder.start();
  for (const [i, snapshot] of snapshots.entries()) {
    draw(snapshot);
    told((i + 1) / snapshots.length);
    await wait(FRAME);
  }
  await wait(HELD);
  recorder.stop();
  stream.getTracks().forEach((track) => track.stop());
  await ended;
  return new Blob(chunks, { type: "video/webm" });
}
