// Pictures stamped straight into pixels: thousands of calls of drawImage take longer than a frame has where there is
// no graphics card (measured: 3,800 take 40 ms). Every pixel of a picture is there or not: a rim of paper keeps edges
// soft.

// Colour as much paler towards paper as strength (0 .. 255) lacks.
function pale(colour, paper, strength) {
  const mix = (shift) => {
    const from = (paper >>> shift) & 255;
    return (from + (((((colour >>> shift) & 255) - from) * strength) >> 8)) << shift;
  };
  return mix(0) | mix(8) | mix(16) | 0xff000000;
}

export class Stamps {
  #canvas = document.createElement("canvas");
  #context = this.#canvas.getContext("2d", { willReadFrequently: true }); // pixels stay where they are written
  #image = null;
  #pixels = null;
  #tiles = null;
  #used = [0, 0]; // lines of pixels that the last frame touched

  // sprites: of createSprites.
  use({ canvas, tile, columns, tileOf, paper: [red, green, blue] }) {
    const { width, height } = canvas;
    const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
    // Where each line of each tile begins and ends to be there.
    const lines = columns * height;
    const begin = new Uint16Array(lines).fill(tile);
    const end = new Uint16Array(lines);
    for (let at = 0; at < pixels.length; at++) {
      if (pixels[at] >>> 31) {
        pixels[at] |= 0xff000000;
        const line = Math.floor(at / tile);
        const x = at % tile;
        begin[line] = Math.min(begin[line], x);
        end[line] = x + 1;
      } else {
        pixels[at] = 0;
      }
    }
    this.#tiles = { pixels, begin, end, tile, columns, tileOf, paper: red | (green << 8) | (blue << 16) };
  }

  // Draws rows at pixels x and y in order, pale ones first; strength: of each row, 0 .. 255; pale: below it.
  draw(context, order, x, y, strength, paleBelow) {
    const { width, height } = context.canvas;
    this.#fit(width, height);
    this.#pixels.fill(0, this.#used[0] * width, this.#used[1] * width);
    const half = this.#tiles.tile >> 1;
    let [first, last] = [height, 0];
    for (const strong of [false, true]) {
      for (let i = 0; i < order.length; i++) {
        const row = order[i];
        if (strength[row] >= paleBelow === strong) {
          const left = Math.round(x[row]) - half;
          const top = Math.round(y[row]) - half;
          if (left > -2 * half && top > -2 * half && left < width && top < height) {
            this.#stamp(row, left, top, width, height, strength[row]);
            first = top < first ? top : first;
            last = top > last ? top : last;
          }
        }
      }
    }
    const [from, to] = [Math.max(first, 0), Math.min(last + 2 * half + 1, height)];
    const [clear, end] = [Math.min(from, this.#used[0]), Math.max(to, this.#used[1])];
    this.#used = [from, Math.max(from, to)];
    this.#context.putImageData(this.#image, 0, 0, 0, clear, width, end - clear);
    context.drawImage(this.#canvas, 0, 0);
  }

  #fit(width, height) {
    if (this.#image?.width !== width || this.#image?.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#image = this.#context.createImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
      this.#used = [0, 0];
    }
  }

  #stamp(row, left, top, width, height, strength) {
    const { pixels: source, begin, end, tile, columns, tileOf, paper } = this.#tiles;
    const target = this.#pixels;
    const index = tileOf[row];
    const column = index % columns;
    const start = ((index - column) / columns) * tile;
    const bottom = Math.min(tile, height - top);
    for (let line = Math.max(0, -top); line < bottom; line++) {
      const at = (start + line) * columns + column;
      const from = at * tile;
      const to = (top + line) * width + left;
      const stop = Math.min(end[at], width - left);
      for (let i = Math.max(begin[at], -left); i < stop; i++) {
        const colour = source[from + i];
        if (colour !== 0) {
          target[to + i] = strength === 255 ? colour : pale(colour, paper, strength);
        }
      }
    }
  }
}
