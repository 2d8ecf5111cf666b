// Pixels written by hand and shown all at once: without a graphics card thousands of calls of drawImage take longer
// than a frame may (measured: 40 ms for 3,800 pictures).

const RED_BLUE = 0x00ff00ff;
const GREEN = 0x0000ff00;
export const OPAQUE = 0xff000000;
export const PHASES = 4; // positions between two pixels, so that slow points move smoothly

// From one opaque pixel towards another by share / 256, two channels at a time.
export function mix(from, to, share) {
  const redBlue = (from & RED_BLUE) + (Math.imul((to & RED_BLUE) - (from & RED_BLUE), share) >>> 8);
  const green = (from & GREEN) + (Math.imul((to & GREEN) - (from & GREEN), share) >> 8);
  return (OPAQUE | (redBlue & RED_BLUE) | (green & GREEN)) >>> 0;
}

// A colour as styles are computed, "rgb(1, 2, 3)", or as the palette writes it, "#010203", as an opaque pixel; what it
// leaves transparent is the ground's.
export function pixelOf(colour, ground = OPAQUE) {
  const [red, green, blue, alpha = 1] = colour.startsWith("#")
    ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))
    : colour.match(/[\d.]+/g).map(Number);
  return mix(ground, (OPAQUE | red | (green << 8) | (blue << 16)) >>> 0, Math.round(256 * alpha));
}

// A stamp is { width, height, pixels }: pixels row by row, 0 where what lies under it stays.
export class Raster {
  #width;
  #height;
  #margin; // around what is shown, so that no stamp needs to be clipped
  #stride;
  #image;
  #pixels;
  #cut = new WeakMap(); // stamps for this stride

  // width, height: of what is shown; margin: the side of the largest stamp.
  constructor(width, height, margin) {
    this.#width = width;
    this.#height = height;
    this.#margin = margin;
    this.#stride = width + 2 * margin;
    this.#image = new ImageData(this.#stride, height + 2 * margin);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  clear(paper) {
    this.#pixels.fill(paper);
  }

  // What lies in an odd number of the outlines, lists of [x, y].
  fill(outlines, pixel) {
    const ys = outlines.flat().map(([, y]) => y);
    const stop = Math.min(Math.max(...ys), this.#height);
    for (let row = Math.max(Math.ceil(Math.min(...ys) - 0.5), 0); row + 0.5 < stop; row++) {
      const crossings = outlines.flatMap((outline) => crossingsAt(outline, row + 0.5)).sort((a, b) => a - b);
      const start = (row + this.#margin) * this.#stride + this.#margin;
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const [from, to] = [crossings[i], crossings[i + 1]].map((x) => Math.min(Math.max(x, 0), this.#width));
        this.#pixels.fill(pixel, start + Math.round(from), start + Math.round(to));
      }
    }
  }

  // A stamp with its first pixel at left and top.
  stamp({ width, height, pixels }, left, top) {
    const margin = this.#margin;
    if (left <= -margin || top <= -margin || left >= this.#width || top >= this.#height) {
      return;
    }
    const target = this.#pixels;
    const skipped = this.#stride - width;
    let to = (top + margin) * this.#stride + left + margin;
    for (let from = 0, y = 0; y < height; y++, to += skipped) {
      for (const stop = from + width; from < stop; from++, to++) {
        if (pixels[from] !== 0) {
          target[to] = pixels[from];
        }
      }
    }
  }

  // What scatter takes of stamps: of each its visible pixels alone. stamps: PHASES x PHASES of a row, by where within a
  // pixel its middle is.
  cut(stamps) {
    if (!this.#cut.has(stamps)) {
      this.#cut.set(stamps, stamps.map((stamp) => visible(stamp, this.#stride)));
    }
    return this.#cut.get(stamps);
  }

  // Many rows in order around pixels x and y; kinds[row]: of cut, or null. In one loop, as it is done for 20,000 rows
  // in every frame.
  scatter(order, kinds, x, y) {
    const target = this.#pixels;
    const stride = this.#stride;
    const margin = this.#margin;
    const [right, bottom] = [this.#width + margin, this.#height + margin];
    for (let i = 0; i < order.length; i++) {
      const row = order[i];
      const stamps = kinds[row];
      const column = Math.floor(x[row]);
      const line = Math.floor(y[row]);
      if (stamps === null || column < 0 - margin || line < 0 - margin || column >= right || line >= bottom) {
        continue;
      }
      const phase = Math.floor((x[row] - column) * PHASES) + PHASES * Math.floor((y[row] - line) * PHASES);
      const { half, offsets, pixels } = stamps[phase];
      if (column < half - margin || line < half - margin || column + half >= right || line + half >= bottom) {
        continue;
      }
      const first = (line - half + margin) * stride + column - half + margin;
      for (let j = 0; j < offsets.length; j++) {
        target[first + offsets[j]] = pixels[j];
      }
    }
  }

  show(context) {
    const margin = this.#margin;
    context.putImageData(this.#image, -margin, -margin, margin, margin, this.#width, this.#height);
  }
}

// The pixels of a stamp that cover something, as offsets from its first.
function visible({ width, half, pixels }, stride) {
  const covering = Array.from(pixels.keys()).filter((i) => pixels[i] !== 0);
  return {
    half,
    offsets: Uint32Array.from(covering, (i) => Math.floor(i / width) * stride + (i % width)),
    pixels: Uint32Array.from(covering, (i) => pixels[i]),
  };
}

// Where the closed outline crosses the height y.
function crossingsAt(outline, y) {
  const found = [];
  outline.forEach(([x1, y1], i) => {
    const [x2, y2] = outline[(i + 1) % outline.length];
    if (y1 <= y !== y2 <= y) {
      found.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    }
  });
  return found;
}
