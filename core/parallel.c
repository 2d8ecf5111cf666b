/* parallel.c - chunks of work on the threads of a context; the one room that may use pthreads.
 *
 * Which thread takes which chunk is left to chance; what a chunk is depends on the shape of the work alone, so bits do
 * not depend on threads. Without pthreads the same chunks run in sequence. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "internal.h"

#if (defined(__unix__) && !defined(__EMSCRIPTEN__)) || defined(__APPLE__) || defined(__MINGW32__)
#define HAVE_THREADS 1
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#endif

size_t triplet_context_threads(const triplet_context *context) {
  return context ? context->threads : 1;
}

size_t triplet_workers(const triplet_context *context) {
  return triplet_context_threads(context);
}

/* ---- progress ---------------------------------------------------------------------------------------------------- */

static triplet_watch watch_of(const triplet_context *context) {
  return context ? context->watch : (triplet_watch){.to = 1};
}

void triplet_watch_restore(triplet_context *context, triplet_watch watch) {
  if (context)
    context->watch = watch;
}

triplet_watch triplet_watch_part(triplet_context *context, double from, double to) {
  const triplet_watch whole = watch_of(context);
  const double size = whole.to - whole.from;
  triplet_watch part = whole;
  part.from = whole.from + size * from;
  part.to = to < 1 ? whole.from + size * to : whole.to;
  triplet_watch_restore(context, part);
  return whole;
}

triplet_watch triplet_watch_pause(triplet_context *context) {
  const triplet_watch before = watch_of(context);
  triplet_watch_restore(context, (triplet_watch){.to = 1});
  return before;
}

/* Whether the work goes on. */
static bool inform(const triplet_watch *watch, size_t done, size_t chunks) {
  const double share = (double)done / (double)chunks;
  return watch->progress(watch->user, done < chunks ? watch->from + (watch->to - watch->from) * share : watch->to);
}

/* ---- chunks in sequence, and on threads -------------------------------------------------------------------------- */

static bool run_alone(size_t chunks, triplet_work work, void *job, const triplet_watch *watch) {
  for (size_t chunk = 0; chunk < chunks; chunk++) {
    work(job, chunk, 0);
    if (watch && !inform(watch, chunk + 1, chunks))
      return false;
  }
  return true;
}

#ifdef HAVE_THREADS

struct triplet_pool {
  pid_t process; /* that started the threads; a fork's child has a copy of all this, but not them */
  pthread_mutex_t lock;
  pthread_cond_t begin, end;
  pthread_t threads[TRIPLET_MAX_THREADS];
  size_t started; /* threads beside the caller's, workers 1 .. started */
  size_t born;    /* numbers handed to the threads as they start */
  size_t wanted;  /* threads that may still join in the work */
  size_t busy;    /* threads that have, and are not done */
  bool closing;

  triplet_work work;
  void *job;
  size_t chunks, next, done;
  const triplet_watch *watch; /* NULL: nobody is told */
  size_t told;                /* chunks done, when it was last told */
  bool cancelled;
};

/* On the caller's thread, without the lock, which is held on entry and on exit: the others work on. */
static void tell_progress(triplet_pool *pool) {
  const size_t done = pool->told = pool->done;
  pthread_mutex_unlock(&pool->lock);
  const bool goes_on = inform(pool->watch, done, pool->chunks);
  pthread_mutex_lock(&pool->lock);
  if (!goes_on) {
    pool->cancelled = true;
    pool->next = pool->chunks;
  }
}

/* Takes chunks until none is left. The lock is held on entry and on exit. */
static void take_chunks(triplet_pool *pool, size_t worker) {
  while (pool->next < pool->chunks) {
    const size_t chunk = pool->next++;
    pthread_mutex_unlock(&pool->lock);
    pool->work(pool->job, chunk, worker);
    pthread_mutex_lock(&pool->lock);
    pool->done++;
    if (pool->watch && worker == 0)
      tell_progress(pool);
  }
}

static void *thread_main(void *argument) {
  triplet_pool *pool = argument;
  pthread_mutex_lock(&pool->lock);
  const size_t worker = ++pool->born;
  for (;;) {
    while (!pool->wanted && !pool->closing)
      pthread_cond_wait(&pool->begin, &pool->lock);
    if (pool->closing)
      break;
    pool->wanted--;
    pool->busy++;
    take_chunks(pool, worker);
    if (--pool->busy == 0)
      pthread_cond_signal(&pool->end);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* Whether the pool is a copy that a fork made, without its threads. It is only good to be released: its lock may have
 * been held. */
static bool has_orphan(const triplet_context *context) {
  return context->pool && context->pool->process != getpid();
}

static void join_threads(triplet_pool *pool) {
  pthread_mutex_lock(&pool->lock);
  pool->closing = true;
  pthread_cond_broadcast(&pool->begin);
  pthread_mutex_unlock(&pool->lock);
  for (size_t i = 0; i < pool->started; i++)
    pthread_join(pool->threads[i], NULL);
  pthread_cond_destroy(&pool->begin);
  pthread_cond_destroy(&pool->end);
  pthread_mutex_destroy(&pool->lock);
}

void triplet_pool_destroy(triplet_context *context) {
  if (!context->pool)
    return;
  if (!has_orphan(context))
    join_threads(context->pool);
  triplet_release(context, context->pool);
  context->pool = NULL;
}

/* Of a thread, in bytes: tiles lie there. Some systems give less than one takes: musl 128 KiB. */
enum { STACK = 2 << 20 };

/* Fewer threads than asked for, or none, when the system is short. They block every signal: the host's handlers are for
 * the host's threads. */
static void start_threads(triplet_pool *pool, size_t count) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return; /* GCOVR_EXCL_LINE */
  pthread_attr_setstacksize(&attributes, STACK);
#ifndef _WIN32 /* where signals are of no thread */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
#endif
  while (pool->started < count && pthread_create(&pool->threads[pool->started], &attributes, thread_main, pool) == 0)
    pool->started++;
#ifndef _WIN32
  pthread_sigmask(SIG_SETMASK, &before, NULL);
#endif
  pthread_attr_destroy(&attributes);
}

/* NULL when memory is short, or the threads were a parent's: the work gets done all the same. */
static triplet_pool *pool_of(triplet_context *context) {
  if (context->pool)
    return has_orphan(context) ? NULL : context->pool;
  const triplet_error before = context->error;
  triplet_pool *pool = triplet_allocate(context, 1, sizeof *pool);
  context->error = before;
  if (!pool)
    return NULL;
  memset(pool, 0, sizeof *pool);
  pool->process = getpid();
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->begin, NULL);
  pthread_cond_init(&pool->end, NULL);
  start_threads(pool, context->threads - 1);
  context->pool = pool;
  return pool;
}

static bool run(triplet_context *context, size_t chunks, triplet_work work, void *job, const triplet_watch *watch) {
  triplet_pool *pool = context && context->threads > 1 && chunks > 1 ? pool_of(context) : NULL;
  if (!pool || !pool->started)
    return run_alone(chunks, work, job, watch);

  pthread_mutex_lock(&pool->lock);
  pool->work = work;
  pool->job = job;
  pool->chunks = chunks;
  pool->next = pool->done = pool->told = 0;
  pool->watch = watch;
  pool->cancelled = false;
  pool->wanted = pool->started < chunks ? pool->started : chunks - 1;
  for (size_t i = 0; i < pool->wanted; i++)
    pthread_cond_signal(&pool->begin);

  take_chunks(pool, 0);
  pool->wanted = 0; /* nobody waits for threads that have not woken yet: small work is done without them */
  while (pool->busy)
    pthread_cond_wait(&pool->end, &pool->lock);
  if (watch && !pool->cancelled && pool->told < chunks) /* the last chunk was another thread's */
    tell_progress(pool);
  const bool complete = !pool->cancelled;
  pthread_mutex_unlock(&pool->lock);
  return complete;
}

#else

static bool has_orphan(const triplet_context *context) {
  (void)context;
  return false;
}

void triplet_pool_destroy(triplet_context *context) {
  (void)context;
}

static bool run(triplet_context *context, size_t chunks, triplet_work work, void *job, const triplet_watch *watch) {
  (void)context;
  return run_alone(chunks, work, job, watch);
}

#endif

void triplet_parallel(triplet_context *context, size_t chunks, triplet_work work, void *job) {
  run(context, chunks, work, job, NULL);
}

static const triplet_watch *watched(const triplet_context *context) {
  return context && context->watch.progress ? &context->watch : NULL;
}

static triplet_status end_watched(triplet_context *context, bool complete) {
  return complete ? TRIPLET_OK : triplet_fail(context, TRIPLET_CANCELLED, "progress", "the callback stopped the call");
}

triplet_status triplet_parallel_watched(triplet_context *context, size_t chunks, triplet_work work, void *job) {
  return end_watched(context, run(context, chunks, work, job, watched(context)));
}

triplet_status triplet_sequence_watched(triplet_context *context, size_t chunks, triplet_work work, void *job) {
  return end_watched(context, run_alone(chunks, work, job, watched(context)));
}

triplet_status triplet_context_set_threads(triplet_context *context, size_t threads) {
  if (threads < 1 || threads > TRIPLET_MAX_THREADS)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "threads", "expected 1 .. %z, got %z",
                        (size_t)TRIPLET_MAX_THREADS, threads);
  if (!context)
    return TRIPLET_INVALID_ARGUMENT;
  if (threads != context->threads || has_orphan(context))
    triplet_pool_destroy(context);
  context->threads = threads;
  return TRIPLET_OK;
}
