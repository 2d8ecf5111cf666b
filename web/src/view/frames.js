// Frames: draws every one, and shows what has changed in one room at a time, each at its own pace, so that no frame
// takes longer than it has.
const PERIOD = 120; // ms between two times that a room is shown
const CALM = 250; // ms of frames without anything new: longer than what is looked at now and then is left alone

/**
 * page: tells "change". rooms: { show(), period, busy, onPicture } each. draw(now): called every frame, returns whether
 * anything moves. While nothing does and nothing is to come, the document has data-resting: it is what will be seen
 * until somebody does something.
 * @param {EventTarget & { resting: boolean }} page
 * @param {{ show(): void, period?: number, busy?: boolean, onPicture?: boolean }[]} rooms
 * @param {(now: number) => boolean} draw
 */
export function runFrames(page, rooms, draw) {
  const tasks = rooms.map((room) => ({ room, due: 0, dirty: true }));
  const root = document.documentElement;
  let moves = false;
  let news = Infinity; // when there was some last; Infinity: some that no frame has seen

  function stir() {
    root.removeAttribute("data-resting");
    news = Infinity;
  }
  page.addEventListener("change", () => {
    tasks.forEach((task) => (task.dirty = true));
    stir();
  });
  addEventListener("resize", stir);

  function frame(now) {
    requestAnimationFrame(frame);
    const moved = moves;
    moves = draw(now);
    if (moved && !moves) {
      tasks.forEach((task) => (task.dirty ||= task.room.onPicture === true));
    }
    const [task] = tasks.filter(({ due, dirty }) => dirty && now >= due).sort((a, b) => a.due - b.due);
    if (task) {
      task.dirty = false;
      const start = performance.now();
      task.room.show();
      task.due = now + (task.room.period ?? PERIOD) + 8 * (performance.now() - start);
    }
    if (news > now || moves || task || !page.resting || tasks.some(({ room, dirty }) => dirty || room.busy)) {
      news = now;
    }
    root.toggleAttribute("data-resting", now - news > CALM);
  }
  requestAnimationFrame(frame);
}
