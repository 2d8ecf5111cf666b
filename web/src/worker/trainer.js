// The training side of a session, which talks to it over the port of a worker.
//
// In:   { type: "start", request, dataset, settings, changes, until, playing, speed, limit }
//       { type: "change", request, pairs }           live changes [key, value], from the next step on
//       { type: "model", request }                   the model as safetensors bytes
//       { type: "play" }  { type: "pause" }  { type: "step", count }  { type: "speed", speed }  { type: "snapshot" }
//       { type: "limit", limit }                     playing goes no farther than this step; Infinity: it runs alone
// Out:  { type: "reply", request, value } or { type: "reply", request, error }
//         start: { run, heldOut, evaluated, snapshot }; if it fails, the run before goes on.  change: { changes }.
//         model: bytes.
//       { type: "snapshot", run, snapshot, changes } one for each request, once there is something new; of a run with a
//                                                    limit, once it has reached it
//       { type: "stopped", run, step, error }        the requested steps are done, or the run cannot go on
//         run: the request that started it.
//
// It trains in slices of time and reads messages between them. Snapshots take only a share of the time, and so does
// recall: a snapshot waits, and a later one has the recall. The snapshot of a run at rest always has it.
import { Run } from "./run.js";

const SLICE = 8; // ms
// Shares of the time, while training lags behind its speed and while it does not.
const SNAPSHOT_SHARE = { late: 1 / 16, inTime: 1 / 2 };
const EVALUATION_SHARE = 1 / 10;
const RATE_TIME = 500; // ms over which steps/s are measured
const MAX_LAG = 100; // ms that a slow machine may catch up

// Another round of the event loop: browsers let nested timers wait for 4 ms, Node empties a port before it looks
// elsewhere.
function nextRound() {
  const { port1, port2 } = new MessageChannel();
  return (body) => {
    port1.onmessage = body;
    port2.postMessage(null);
  };
}
const soon = globalThis.setImmediate ?? nextRound();

// loading: a promise of the loaded library.
export function serve(port, loading) {
  let run = null;
  let started = 0; // the request that started it
  let playing = false;
  let speed = Infinity; // steps/s
  let until = 0; // train to this step, whatever the speed
  let limit = Infinity; // where playing waits
  let clock = { time: 0, step: 0 }; // where the speed is measured from
  let rate = { time: 0, step: 0, value: null };
  let wanted = false; // whether a snapshot is
  let news = false; // whether there is something that the last snapshot did not show
  let lastSnapshot = { time: 0, cost: 0 };
  let lastEvaluation = { time: 0, cost: 0, step: -1 };
  let scheduled = false;

  function schedule(delay) {
    if (!scheduled) {
      scheduled = true;
      delay > 0 ? setTimeout(slice, delay) : soon(slice);
    }
  }

  // Steps that training lags behind the clock.
  const lag = (now) => clock.step + Math.floor(((now - clock.time) * speed) / 1000) - run.step;

  // Steps to take by now.
  function due(now) {
    if (run.step < until) {
      return until - run.step;
    }
    return isPlaying() ? Math.min(lag(now), limit - run.step) : 0;
  }

  function keepTime(now) {
    clock = { time: now, step: run.step };
    rate = { ...clock, value: null };
  }

  function slice() {
    scheduled = false;
    if (!run) {
      return;
    }
    const start = performance.now();
    try {
      train(start);
      answer();
    } catch (error) {
      stop(error);
    }
    if (isBusy()) {
      const now = performance.now();
      schedule(due(now) > 0 ? 0 : Math.min((1 - ((((now - clock.time) * speed) / 1000) % 1)) * (1000 / speed), 1000));
    }
  }

  const isPlaying = () => playing && run.step < limit;
  const isBusy = () => isPlaying() || run.step < until;

  function train(start) {
    const late = lag(start);
    if (run.step >= until && playing && speed < Infinity && late > Math.max(1, (speed * MAX_LAG) / 1000)) {
      clock.step -= late - 1; // steps that could not be taken in time are given up
    }
    let now = start;
    while (due(now) > 0 && now - start < SLICE) {
      run.train();
      news = true;
      now = performance.now();
      if (run.step === until) {
        keepTime(now);
        if (!playing) {
          port.postMessage({ type: "stopped", run: started, step: run.step });
        }
      }
    }
    if (now - rate.time >= RATE_TIME) {
      rate = { time: now, step: run.step, value: ((run.step - rate.step) * 1000) / (now - rate.time) };
    }
  }

  function stop(error) {
    playing = false;
    until = 0;
    port.postMessage({
      type: "stopped",
      run: started,
      step: run.step,
      error: `The run stopped after step ${run.step}: ${error.message}. Reset with a smaller learning rate.`,
    });
  }

  function take(from, atRest) {
    const start = performance.now();
    const snapshot = { ...from.snapshot(), stepsPerSecond: rate.value };
    const time = performance.now();
    lastSnapshot = { time, cost: time - start };
    news = false;
    if (atRest || time - lastEvaluation.time > lastEvaluation.cost / EVALUATION_SHARE - lastEvaluation.cost) {
      snapshot.recall = from.evaluate(snapshot);
      const done = performance.now();
      lastEvaluation = { time: done, cost: done - time, step: snapshot.step };
    }
    return snapshot;
  }

  function transfers({ positions, gradient, forces, lines, batch }) {
    return [positions, gradient, forces, lines, batch].map(({ buffer }) => buffer);
  }

  function answer() {
    const now = performance.now();
    const pause = lastSnapshot.cost / SNAPSHOT_SHARE[due(now) > 0 ? "late" : "inTime"] - lastSnapshot.cost;
    const early = isBusy() && (now - lastSnapshot.time < pause || limit < Infinity);
    const atRest = !playing && !isBusy();
    if (wanted && !early && (news || (atRest && lastEvaluation.step !== run.step))) {
      wanted = false;
      const snapshot = take(run, atRest);
      const changes = run.changes.slice(0, run.made);
      port.postMessage({ type: "snapshot", run: started, snapshot, changes }, transfers(snapshot));
    }
  }

  const requests = {
    start(triplet, message) {
      const fresh = new Run(triplet, message.dataset, message.settings, message.changes);
      const snapshot = take(fresh, true);
      run?.free();
      run = fresh;
      started = message.request;
      lastEvaluation.cost = 0; // the first of a run takes longer
      ({ playing, speed, until, limit } = message);
      wanted = false;
      keepTime(performance.now());
      return [{ run: started, heldOut: run.heldOut, evaluated: run.evaluated, snapshot }, transfers(snapshot)];
    },
    change(triplet, { pairs }) {
      pairs.forEach(([key, value]) => run.change(key, value));
      news = true;
      lastEvaluation.step = -1;
      return [{ changes: run.changes }];
    },
    model() {
      const bytes = run.save();
      return [bytes, [bytes.buffer]];
    },
  };

  const commands = {
    play() {
      playing = true;
      keepTime(performance.now());
    },
    // Steps begun in lockstep with another run are completed.
    pause() {
      until = playing && limit < Infinity ? limit : 0;
      playing = false;
    },
    step({ count }) {
      playing = false;
      until = Math.max(until, run.step) + count;
    },
    limit(message) {
      limit = message.limit;
    },
    speed(message) {
      speed = message.speed;
      keepTime(performance.now());
    },
    snapshot() {
      wanted = true;
    },
  };

  port.onmessage = async ({ data: message }) => {
    const { type, request } = message;
    try {
      const triplet = await loading;
      if (request !== undefined) {
        const [value, transferred = []] = requests[type](triplet, message);
        port.postMessage({ type: "reply", request, value }, transferred);
      } else if (run) {
        commands[type](message);
      }
      schedule(0);
    } catch (error) {
      if (request !== undefined) {
        port.postMessage({ type: "reply", request, error: error.message });
      }
    }
  };

  return () => {
    run?.free();
    run = null;
  };
}
