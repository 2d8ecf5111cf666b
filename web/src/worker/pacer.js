// When steps are due, at a pace of model/pace.js.
import { stepsPerSecond } from "../model/pace.js";

const MAX_LAG = 100; // ms that a slow machine may catch up

export class Pacer {
  #time = 0;
  #owed = 0; // steps, with a fraction

  pace = 1;

  // Counts from now on.
  restart(now) {
    this.#time = now;
    this.#owed = 0;
  }

  // Steps that are due by now, after a step.
  due(now, step) {
    const rate = stepsPerSecond(this.pace, step);
    const owed = rate < Infinity ? this.#owed + ((now - this.#time) * rate) / 1000 : Infinity;
    this.#owed = Math.min(owed, 1 + (rate * MAX_LAG) / 1000);
    this.#time = now;
    return Math.floor(this.#owed);
  }

  taken() {
    this.#owed = this.#owed < Infinity ? this.#owed - 1 : 0;
  }

  // ms until the next step is due, after a step.
  wait(step) {
    return ((1 - this.#owed) * 1000) / stepsPerSecond(this.pace, step);
  }
}
