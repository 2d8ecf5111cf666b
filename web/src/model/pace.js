// How fast a run plays: slowly at first, where every step can be seen, then faster and faster.
export const PACES = [0.5, 1, 2, 4, Infinity]; // times the natural pace; Infinity: as fast as it goes

const FIRST = 6; // steps/s
const GAIN = 0.28; // steps/s, with every step

export const stepsPerSecond = (pace, step) => pace * (FIRST + GAIN * step);
