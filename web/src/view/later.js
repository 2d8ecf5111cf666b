// A room that is loaded when it is first needed.

/**
 * isNeeded() -> whether the page shows it now; load() -> Promise of the room; failed(error): it did not load.
 * @param {() => boolean} isNeeded
 * @param {() => Promise<{ show(): void }>} load
 * @param {(error: Error) => void} failed
 */
export function createLater(isNeeded, load, failed) {
  let room = null;
  let isLoading = false;

  async function begin() {
    isLoading = true;
    try {
      room = await load();
      room.show();
    } catch (error) {
      failed(error);
    }
    isLoading = false;
  }

  return {
    period: 100,
    onPicture: true, // where it stands may depend on it
    get busy() {
      return isLoading;
    },
    show() {
      if (room) {
        room.show();
      } else if (isNeeded() && !isLoading) {
        begin();
      }
    },
  };
}
