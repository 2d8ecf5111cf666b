// Makes the page work without a network after the first visit. FILES and VERSION are written when the site is built:
// all its files, and a hash of what is in them.
const FILES = [];
const VERSION = "";
const PREFIX = "triplet-";
const CACHE = `${PREFIX}${VERSION} ${self.registration.scope}`;
const HASHED = /\/assets\/[^/]+-[\w-]{8}\.\w+$/; // never another content under the same name

// The cache is whole, or there is none: this worker does not take over then.
self.addEventListener("install", (event) => {
  event.waitUntil(fill());
});

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
}

// No page of the version before is open any more.
self.addEventListener("activate", (event) => {
  event.waitUntil(sweep().then(() => self.clients.claim()));
});

async function sweep() {
  const names = await caches.keys();
  const { scope } = self.registration;
  const old = names.filter((name) => name.startsWith(PREFIX) && name.endsWith(` ${scope}`) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(self.registration.scope)) {
    event.respondWith(HASHED.test(new URL(request.url).pathname) ? cacheFirst(request) : networkFirst(request));
  }
});

const cached = async (request) => {
  const url = new URL(request.url);
  const file = url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
  return (await caches.open(CACHE)).match(new URL(file, url.origin));
};

async function cacheFirst(request) {
  return (await cached(request)) ?? fetch(request);
}

// What is new is seen at once, and is kept by the next worker, with all that belongs to it.
async function networkFirst(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const found = await cached(request);
    if (found) {
      return found;
    }
    throw error;
  }
}
