// The training side of a session, which talks to it over the port of a worker.
//
// In:   { type: "start", request, dataset, settings, changes, until, playing, pace, hidden, limit, order }
//       { type: "change", request, pairs }           live changes [key, value], from the next step on
//       { type: "model", request }                   the model as safetensors bytes
//       { type: "verify", request }  { type: "embed", request, values } or { ..., cells }  of worker/questions.js
//       { type: "play", order }  { type: "pause", order }  { type: "step", count, order }
//       { type: "seek", step, order }                goes to a step, seen or not, without showing those on the way
//       { type: "pace", pace }  { type: "hidden", hidden }  { type: "snapshot" }
//       { type: "limit", limit }                     playing goes no farther than this step; Infinity: it runs alone
// Out:  { type: "reply", request, value } or { type: "reply", request, error }
//         start: { run, rows, heldOut, evaluated, snapshot, news }; if it fails, the run before goes on.
//         change: { changes, step }.  model: bytes.
//       { type: "snapshot", run, order, news, snapshot }  one for each request, once there is something new; of a run
//                                                    with a limit, once it has reached it
//       { type: "stopped", run, order, news, error } the requested steps are done, the run is at its ending, or it
//                                                    cannot go on
//         run: the request that started it; order: the last that has been followed; news: of the run's record.
//
// It trains in slices of time and reads messages between them. Snapshots take only a share of the time. The snapshot of
// a run at rest always has its recall.
import { Pacer } from "./pacer.js";
import { Run } from "./run.js";

const SLICE = 8; // ms
// Shares of the time, while training lags behind its pace and while it does not.
const SNAPSHOT_SHARE = { late: 1 / 16, inTime: 1 / 2 };
const LONGEST_WAIT = 1000; // ms

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
  const pacer = new Pacer();
  let run = null;
  let started = 0; // the request that started it
  let order = 0; // the last that has been followed
  let playing = false;
  let hidden = false;
  let until = 0; // train to this step, whatever the pace
  let sought = -1; // the step that is gone to; -1: none
  let limit = Infinity; // where playing waits
  let wanted = false; // whether a snapshot is
  let news = false; // whether there is something that the last snapshot did not show
  const lastSnapshot = { time: 0, cost: 0, isEvaluated: false };
  let scheduled = false;

  const isPlaying = () => playing && run.step < limit;
  const isBusy = () => !hidden && (isPlaying() || sought >= 0 || run.step < until);

  function schedule(delay) {
    if (!scheduled) {
      scheduled = true;
      delay > 0 ? setTimeout(slice, delay) : soon(slice);
    }
  }

  // Steps to take by now.
  function due(now) {
    if (run.step < until) {
      return until - run.step;
    }
    return isPlaying() ? Math.min(pacer.due(now, run.step), limit - run.step) : 0;
  }

  function slice() {
    scheduled = false;
    if (!run || hidden) {
      return;
    }
    const start = performance.now();
    try {
      head();
      train(start);
      answer();
    } catch (error) {
      stop(error);
    }
    if (isBusy()) {
      const late = due(performance.now()) > 0;
      schedule(late ? 0 : Math.min(pacer.wait(run.step), LONGEST_WAIT));
    }
  }

  // Turns to the step that is gone to.
  function head() {
    if (sought >= 0) {
      run.approach(sought);
      until = sought;
      arrive();
    }
  }

  function arrive() {
    if (run.step === sought) {
      sought = -1;
      news = true;
    }
  }

  function train(start) {
    for (let now = start; due(now) > 0 && now - start < SLICE; now = performance.now()) {
      const isAsked = run.step < until;
      run.train();
      news = true;
      if (!isAsked) {
        pacer.taken();
        endIfDone();
      } else if (run.step === until) {
        pacer.restart(now);
        sought >= 0 ? arrive() : playing || say("stopped");
      }
    }
  }

  // A run that is compared goes on until the other has ended, too.
  function endIfDone() {
    if (run.isAtEnding && limit === Infinity) {
      playing = false;
      say("stopped");
    }
  }

  function say(type, content, transferred = []) {
    port.postMessage({ type, run: started, order, news: run.record.news(), ...content }, transferred);
  }

  function stop(error) {
    playing = false;
    until = 0;
    sought = -1;
    say("stopped", {
      error: `The run stopped after step ${run.step}: ${error.message}. Reset with a smaller learning rate.`,
    });
  }

  function take(from, isAtRest) {
    news = false; // also if it fails: it would fail again
    lastSnapshot.isEvaluated = isAtRest;
    const start = performance.now();
    const snapshot = from.snapshot();
    const time = performance.now();
    Object.assign(lastSnapshot, { time, cost: time - start });
    snapshot.recall = isAtRest ? from.evaluate(snapshot) : null;
    return snapshot;
  }

  function transfers({ positions, gradient, forces, lines, batch }) {
    return [positions, gradient, forces, lines, batch].map(({ buffer }) => buffer);
  }

  function answer() {
    const now = performance.now();
    const pause = lastSnapshot.cost / SNAPSHOT_SHARE[due(now) > 0 ? "late" : "inTime"] - lastSnapshot.cost;
    const isEarly = isBusy() && (now - lastSnapshot.time < pause || limit < Infinity || sought >= 0);
    const isAtRest = !playing && !isBusy();
    if (wanted && !isEarly && (news || (isAtRest && !lastSnapshot.isEvaluated))) {
      const snapshot = take(run, isAtRest);
      wanted = false;
      say("snapshot", { snapshot }, transfers(snapshot));
    }
  }

  // A question is about the run where it was sent to.
  function finishSeeking() {
    if (sought >= 0) {
      head();
      while (run.step < until) {
        run.train();
      }
      arrive();
    }
  }

  const requests = {
    start(triplet, message) {
      const fresh = new Run(triplet, message.dataset, message.settings, message.changes);
      const snapshot = take(fresh, true);
      run?.free();
      run = fresh;
      started = message.request;
      ({ playing, until, hidden, limit, order } = message);
      sought = -1;
      wanted = false;
      pacer.pace = message.pace;
      pacer.restart(performance.now());
      const { rows, heldOut, evaluated, record } = run;
      return [{ run: started, rows, heldOut, evaluated, snapshot, news: record.news() }, transfers(snapshot)];
    },
    change(triplet, { pairs }) {
      pairs.forEach(([key, value]) => run.change(key, value));
      news = true;
      return [{ changes: run.changes, step: run.step }];
    },
    model() {
      const bytes = run.save();
      return [bytes, [bytes.buffer]];
    },
    verify: () => [run.verify()],
    embed: (triplet, message) => [run.embed(message)],
  };

  const commands = {
    play() {
      playing = true;
      pacer.restart(performance.now());
    },
    // Steps begun in lockstep with another run are completed.
    pause() {
      if (sought < 0) {
        until = playing && limit < Infinity ? limit : 0;
      }
      playing = false;
      news = true; // that it rests
    },
    step({ count }) {
      playing = false;
      if (sought >= 0) {
        sought += count;
      } else {
        until = Math.max(until, run.step) + count;
      }
    },
    seek({ step }) {
      playing = false;
      sought = step;
      limit = limit < Infinity ? step : Infinity;
    },
    limit(message) {
      limit = message.limit;
    },
    pace({ pace }) {
      pacer.pace = pace;
    },
    hidden(message) {
      hidden = message.hidden;
      pacer.restart(performance.now());
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
        run && type !== "start" && finishSeeking();
        const [value, transferred = []] = requests[type](triplet, message);
        port.postMessage({ type: "reply", request, value }, transferred);
      } else if (run) {
        order = message.order ?? order;
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
