// The visitor's file from one visit to the next: kept in this browser's own database, never sent, forgotten on request.
import { TableReader } from "./table_reader.js";

const DATABASE = "triplet";
const STORE = "files";
const KEY = "own"; // there is one

export class Kept {
  #storage;
  #createWorker;
  about = null; // { name, checksum } of the file that is kept
  isDenied = false; // this browser keeps nothing

  // storage(): the browser's indexedDB, which it may deny; createWorker: of a TableReader.
  constructor({ storage, createWorker }) {
    this.#storage = storage;
    this.#createWorker = createWorker;
  }

  // The kept file as { name, checksum, blob, options }; null if there is none.
  async find() {
    const record = await this.#within("readonly", (store) => store.get(KEY));
    this.about = record ? { name: record.name, checksum: record.checksum } : null;
    return record ?? null;
  }

  // In place of what was kept before. dataset: of a TableFile. Whether it is kept now.
  async keep({ title: name, checksum, table: { bytes, options } }) {
    const record = { name, checksum, options, blob: new Blob([bytes]) };
    const done = await this.#within("readwrite", (store) => store.put(record, KEY));
    this.about = done === undefined ? null : { name, checksum };
    return this.about !== null;
  }

  async forget() {
    this.about = null;
    await this.#within("readwrite", (store) => store.delete(KEY));
  }

  // The kept file as data to train on, if it is that of the checksum; else null.
  async restore(checksum) {
    const record = await this.find();
    if (record?.checksum !== checksum) {
      return null;
    }
    const reader = new TableReader(this.#createWorker);
    try {
      await reader.open(record.blob, record.name, record.options);
      const dataset = await reader.dataset();
      return dataset.checksum === checksum ? dataset : null;
    } catch {
      return null; // it can still be chosen by hand
    } finally {
      reader.close();
    }
  }

  // What `use` asks of the store; undefined if the browser denies it.
  async #within(mode, use) {
    try {
      const database = await answered(this.#open());
      try {
        return await answered(use(database.transaction(STORE, mode).objectStore(STORE)));
      } finally {
        database.close();
      }
    } catch {
      this.isDenied = true;
      return undefined;
    }
  }

  #open() {
    const opening = this.#storage().open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    return opening;
  }
}

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("the database is in use"));
  });
