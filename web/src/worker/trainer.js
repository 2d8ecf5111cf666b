// The training that a session talks to, over the port of a worker.
//
// In:   { type: "start", request, dataset, settings, changes, until, playing, speed, limit }
//       { type: "change", request, key, value }      a live change, from the next step on
//       { type: "model", request }                   the model as safetensors bytes
//       { type: "play" }  { type: "pause" }  { type: "step", count }  { type: "speed", speed }  { type: "snapshot" }
//       { type: "limit", limit }                     playing goes no farther than this step; Infinity: it runs alone
// Out:  { type: "reply", request, value } or { type: "reply", request, error }
//         start: { run, heldOut, judged, snapshot }; the run before lives on when it fails.  change: { changes }.
//         model: bytes.
//       { type: "snapshot", run, snapshot, changes } one for each that was asked for, once there is something new; of
//                                                    a run with a limit, once it stands there
//       { type: "stopped", run, step, error }        steps asked for are done, or the run can go no farther
//         run: the request that started it.
//
// It trains in slices of time and looks for messages between them; a snapshot waits until snapshots take but a share of
// the time, and goes without recall until that does so, too. One of a run that stands has it.
import { Run } from "./run.js";

const SLICE = 8; // ms
// Of the time: while training is behind its speed, and while it is not.
const SNAPSHOT_SHARE = { late: 1 / 16, inTime: 1 / 2 };
const JUDGING_SHARE = 1 / 10; // of the time
const RATE_TIME = 500; // ms over which steps/s are measured
const MAX_BEHIND = 100; // ms that a slow machine may catch up

// Another turn of the event loop: browsers let nested timers wait for 4 ms, Node empties a port before it looks
// elsewhere.
function turns() {
  const { port1, port2 } = new MessageChannel();
  return (body) => {
    port1.onmessage = body;
    port2.postMessage(null);
  };
}
const soon = globalThis.setImmediate ?? turns();

// loading: a promise of the loaded library.
export function serve(port, loading) {
  let run = null;
  let started = 0; // the request that started it
  let playing = false;
  let speed = Infinity; // steps/s
  let until = 0; // train to this step, whatever the speed
  let limit = Infinity; // where playing waits
  let clock = { time: 0, step: 0 }; // from where the speed is kept
  let rate = { time: 0, step: 0, value: null };
  let wanted = false; // a snapshot
  let news = false; // something that the last snapshot did not show
  let posted = { time: 0, cost: 0 };
  let judged = { time: 0, cost: 0, step: -1 };
  let scheduled = false;

  function schedule(delay) {
    if (!scheduled) {
      scheduled = true;
      delay > 0 ? setTimeout(slice, delay) : soon(slice);
    }
  }

  // Steps that the clock is ahead.
  const behind = (now) => clock.step + Math.floor(((now - clock.time) * speed) / 1000) - run.step;

  // Steps that are to be done by now.
  function due(now) {
    if (run.step < until) {
      return until - run.step;
    }
    return plays() ? Math.min(behind(now), limit - run.step) : 0;
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
    if (busy()) {
      const now = performance.now();
      schedule(due(now) > 0 ? 0 : Math.min((1 - ((((now - clock.time) * speed) / 1000) % 1)) * (1000 / speed), 1000));
    }
  }

  const plays = () => playing && run.step < limit;
  const busy = () => plays() || run.step < until;

  function train(start) {
    const late = behind(start);
    if (run.step >= until && playing && speed < Infinity && late > Math.max(1, (speed * MAX_BEHIND) / 1000)) {
      clock.step -= late - 1; // what could not be done in time is let go
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
      error: `The run stops after step ${run.step}: ${error.message}. Reset with a smaller learning rate.`,
    });
  }

  function take(from, standing) {
    const start = performance.now();
    const snapshot = { ...from.snapshot(), stepsPerSecond: rate.value };
    const time = performance.now();
    posted = { time, cost: time - start };
    news = false;
    if (standing || time - judged.time > judged.cost / JUDGING_SHARE - judged.cost) {
      snapshot.recall = from.judge(snapshot);
      const done = performance.now();
      judged = { time: done, cost: done - time, step: snapshot.step };
    }
    return snapshot;
  }

  function transfers({ positions, gradient, triplets, lines, batch }) {
    return [positions, gradient, triplets, lines, batch].map(({ buffer }) => buffer);
  }

  function answer() {
    const now = performance.now();
    const pause = posted.cost / SNAPSHOT_SHARE[due(now) > 0 ? "late" : "inTime"] - posted.cost;
    const early = busy() && (now - posted.time < pause || limit < Infinity);
    const standing = !playing && !busy();
    if (wanted && !early && (news || (standing && judged.step !== run.step))) {
      wanted = false;
      const snapshot = take(run, standing);
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
      judged.cost = 0; // the first of a run does more
      ({ playing, speed, until, limit } = message);
      wanted = false;
      keepTime(performance.now());
      return [{ run: started, heldOut: run.heldOut, judged: run.judged, snapshot }, transfers(snapshot)];
    },
    change(triplet, { key, value }) {
      run.change(key, value);
      news = true;
      judged.step = -1;
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
    // What has been begun in step with another run is gone to its end.
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
