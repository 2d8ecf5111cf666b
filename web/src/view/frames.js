// Frames: draws every one, and shows what has changed in one room at a time, each at its own pace, so that no frame
// takes longer than it has.
const PERIOD = 120; // ms between two times that a room is shown

/**
 * page: tells "change". rooms: { show(), period } each. draw(now): called every frame.
 * @param {EventTarget} page
 * @param {{ show(): void, period?: number }[]} rooms
 * @param {(now: number) => void} draw
 */
export function runFrames(page, rooms, draw) {
  const tasks = rooms.map((room) => ({ room, due: 0, dirty: true }));
  page.addEventListener("change", () => tasks.forEach((task) => (task.dirty = true)));

  function frame(now) {
    requestAnimationFrame(frame);
    draw(now);
    const [task] = tasks.filter(({ due, dirty }) => dirty && now >= due).sort((a, b) => a.due - b.due);
    if (task) {
      task.dirty = false;
      const start = performance.now();
      task.room.show();
      task.due = now + (task.room.period ?? PERIOD) + 8 * (performance.now() - start);
    }
  }
  requestAnimationFrame(frame);
}
