// Pixels written by hand and shown all at once: without a graphics card thousands of calls of drawImage, or hundreds of
// strokes, take longer than a frame may (measured: 40 ms for 3,800 pictures, 7 ms for 480 lines).

const RED_BLUE = 0x00ff00ff;
const GREEN = 0x0000ff00;
const OPAQUE = 0xff000000;

// From one opaque colour towards another by share / 256, two channels at a time.
function mix(from, to, share) {
  const redBlue = (from & RED_BLUE) + (Math.imul((to & RED_BLUE) - (from & RED_BLUE), share) >>> 8);
  const green = (from & GREEN) + (Math.imul((to & GREEN) - (from & GREEN), share) >> 8);
  return OPAQUE | (redBlue & RED_BLUE) | (green & GREEN);
}

// A colour as styles are computed, "rgb(1, 2, 3)", as an opaque pixel.
export function pixelOf(colour) {
  const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);
  return OPAQUE | red | (green << 8) | (blue << 16);
}

// The opaque pixels of each tile in a canvas of sprites: their offsets from the tile's first pixel, in a picture
// `stride` wide, and their colours. A pixel is opaque or not: a rim of paper keeps edges soft.
function cutOut({ canvas, tile, columns }, stride) {
  const { width, height } = canvas;
  const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
  const count = pixels.reduce((sum, pixel) => sum + (pixel >>> 31), 0);
  const tiles = columns * (height / tile);
  const starts = new Uint32Array(tiles + 1).fill(count);
  const [offsets, colours] = [new Uint32Array(count), new Uint32Array(count)];
  for (let index = 0, next = 0; index < tiles; index++) {
    const first = Math.floor(index / columns) * tile * width + (index % columns) * tile;
    starts[index] = next;
    for (let y = 0; y < tile; y++) {
      for (let x = 0; x < tile; x++) {
        const pixel = pixels[first + y * width + x];
        if (pixel >>> 31) {
          offsets[next] = y * stride + x;
          colours[next++] = OPAQUE | pixel;
        }
      }
    }
  }
  return { starts, offsets, colours };
}

export class Raster {
  #width;
  #height;
  #margin; // around what is shown, so that no sprite needs to be clipped
  #stride;
  #image;
  #pixels;
  #paper;
  #sprites;

  // width, height: of what is shown; paper: the background, a pixel; sprites: of createSprites.
  constructor(width, height, paper, sprites) {
    this.#width = width;
    this.#height = height;
    this.#margin = sprites.tile;
    this.#stride = width + 2 * this.#margin;
    this.#image = new ImageData(this.#stride, height + 2 * this.#margin);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
    this.#paper = paper;
    this.#sprites = { ...cutOut(sprites, this.#stride), half: sprites.tile >> 1, tileOf: sprites.tileOf };
  }

  clear() {
    this.#pixels.fill(this.#paper);
  }

  // A straight line; colour: a pixel; dash: as many pixels are drawn, and then as many left out.
  line([x0, y0], [x1, y1], { colour, width, alpha = 1, dash = Infinity }) {
    const steep = Math.abs(y1 - y0) > Math.abs(x1 - x0);
    const [from, start, to, end] = steep ? [y0, x0, y1, x1] : [x0, y0, x1, y1];
    const [length, breadth] = steep ? [this.#height, this.#width] : [this.#width, this.#height];
    const [along, across] = steep ? [this.#stride, 1] : [1, this.#stride];
    const slope = from === to ? 0 : (end - start) / (to - from);
    const stretch = Math.hypot(1, slope);
    const reach = (width / 2 + 0.5) * stretch;
    const strength = (256 * alpha) / stretch;
    const origin = this.#margin * (this.#stride + 1);
    const stop = Math.min(Math.max(from, to), length) - 0.5;
    for (let i = Math.max(Math.ceil(Math.min(from, to) - 0.5), 0); i <= stop; i++) {
      const gone = i + 0.5 - from;
      const periods = (gone * stretch) / (2 * dash);
      if (periods - Math.floor(periods) < 0.5) {
        const middle = start + gone * slope - 0.5;
        const last = Math.min(Math.floor(middle + reach), breadth - 1);
        for (let j = Math.max(Math.ceil(middle - reach), 0); j <= last; j++) {
          const at = origin + i * along + j * across;
          const share = Math.min((reach - Math.abs(j - middle)) * strength, 256 * alpha);
          this.#pixels[at] = mix(this.#pixels[at], colour, share);
        }
      }
    }
  }

  // The sprites of rows at pixels x and y in order, those below paleBelow first; strength: of each row, 0 .. 255.
  stamp(order, x, y, strength, paleBelow) {
    const { starts, offsets, colours, half, tileOf } = this.#sprites;
    const [target, paper, stride, margin] = [this.#pixels, this.#paper, this.#stride, this.#margin];
    for (const strong of [false, true]) {
      for (let i = 0; i < order.length; i++) {
        const row = order[i];
        const left = Math.round(x[row]) - half + margin;
        const top = Math.round(y[row]) - half + margin;
        const inside = left > 0 && top > 0 && left < this.#width + margin && top < this.#height + margin;
        if (inside && strength[row] >= paleBelow === strong) {
          const at = top * stride + left;
          const stop = starts[tileOf[row] + 1];
          for (let j = starts[tileOf[row]]; j < stop; j++) {
            target[at + offsets[j]] =
              strength[row] === 255 ? colours[j] : mix(paper, colours[j], strength[row]);
          }
        }
      }
    }
  }

  show(context) {
    const margin = this.#margin;
    context.putImageData(this.#image, -margin, -margin, margin, margin, this.#width, this.#height);
  }
}
