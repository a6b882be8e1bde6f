/* The runner lock as src/txn/lock.c, src/op and src/run have it: lease row, token, session lock, fence,
 * intent and probe. Spin explores every state of it; README.md tells how to read this.
 *
 * Some runners want the same N steps done. The clock may declare a lease expired at any time (a holder
 * that sleeps can't be told from one that is gone). All runners but one may die anywhere, or lose their
 * connection at a COMMIT; what was sent by then may still be carried out, or not, before the server ends
 * that session.
 *
 * Always (assertions):
 *   - what is recorded as the next step is the next step, and it has happened;
 *   - rows that commit together with their record are written once;
 *   - a definition that fails means that its runner had lost the lock, never that it was sent twice;
 *   - a COMMIT that a runner has called rolled back is not carried out later;
 *   - a runner that ends well has seen everything done;
 *   - nobody waits for ever (spin's invalid end states). */

#ifndef N
#define N 1          /* steps */
#endif
#ifndef RUNNERS
#define RUNNERS 3    /* the last one lives on, the others are mortal; 2 or 3 */
#endif
#ifndef DEFINITIONS
#define DEFINITIONS 1 /* the steps that are even, or odd: a definition; the others are rows */
#endif
#define NOBODY 0
#define GHOST 4 /* added to a runner's number: a session of its whose client is gone */

/* what a session may have been sent last */
#define NOTHING 1
#define RECORD 2
#define INTENT 3
#define DEFINITION 4

/* the lease row */
byte token = 0;
byte holder = NOBODY;
bool with_session = false; /* its holder has a session lock too */
bool expired = false;
byte row_lock = NOBODY;    /* a session, until the end of its transaction */

byte session_lock = NOBODY;

byte done = 0;             /* recorded steps */
bool intent[N];            /* recorded: is going to be done */
bool applied[N];           /* has happened */

byte ghost[RUNNERS + 1];   /* what the session that was left behind was sent; 0: there is none */
byte ghost_at[RUNNERS + 1];
bool alive[RUNNERS + 1];
bool told[RUNNERS + 1];    /* said that its last COMMIT was rolled back */
byte over = 0;             /* runners that have ended */

#define is_definition(step) ((step) % 2 == DEFINITIONS)

/* What the server does upon COMMIT of a record (and of the step's rows) or of an intent, and upon a
 * definition, which fails and changes nothing when it is there already. */
inline carry_out(what, step) {
  if
  :: what == RECORD ->
     assert(done == step);
     assert(applied[step] == is_definition(step));
     applied[step] = true;
     done++
  :: what == INTENT ->
     assert(done == step);
     intent[step] = true
  :: what == DEFINITION -> applied[step] = true
  :: else
  fi
}

inline leave_behind(sent) {
  ghost[me] = sent;
  ghost_at[me] = seen;
  if :: row_lock == me -> row_lock = me + GHOST :: else fi;
  if :: session_lock == me -> session_lock = me + GHOST :: else fi
}

inline may_die(sent) {
  if
  :: atomic { mortal && ghost[me] == 0 -> leave_behind(sent); goto dead }
  :: true
  fi
}

/* The last statement before COMMIT: the row is locked, then the token compared. */
inline fence() {
  may_die(NOTHING);
  atomic {
    row_lock == NOBODY;
    if
#ifdef NO_FENCE
    :: true -> row_lock = me
#else
    :: token == mine -> row_lock = me
    :: else -> goto lost
#endif
    fi
  }
}

/* COMMIT; its answer may not come. */
inline commit(what) {
  if
  :: atomic { carry_out(what, seen); row_lock = NOBODY }
  :: atomic { mortal && ghost[me] == 0 -> leave_behind(what); goto dead }
  :: atomic { mortal && ghost[me] == 0 && !lost_once -> leave_behind(what); goto settle }
  fi
}

proctype runner(byte me; bool mortal) {
  byte mine, seen, read_token;
  bool uses_session, session, may, again, failed, lost_once;

  if
  :: uses_session = true
  :: true /* lock.kind = "lease", or a server where session locks don't hold */
  fi;
#ifdef STALE_STATE
  seen = done;
#endif

acquire:
  do
  :: atomic {
       if
       :: uses_session && !session && session_lock == NOBODY -> session_lock = me; session = true
       :: else
       fi
     }
     may_die(NOTHING);
     atomic {
       read_token = token;
       may = (holder == NOBODY || holder == me || (with_session && session) || expired)
     }
     if
     :: may ->
        atomic {
          may = false;
          row_lock == NOBODY;
          if
#ifdef BLIND_TAKE
          :: true ->
#else
          :: token == read_token ->
#endif
             token = read_token + 1; holder = me; with_session = session; expired = false;
             mine = token;
             read_token = 0;
             break
          :: else
          fi
        }
     :: else -> /* polls; only after a change can the outcome be another */
        atomic {
          (token != read_token || holder == NOBODY || expired ||
           (uses_session && !session && session_lock == NOBODY)) -> read_token = 0
        }
     fi
  od;
#ifndef STALE_STATE
  seen = done;
#endif

  do
  :: atomic { seen == N -> break }
  :: seen < N && !is_definition(seen) ->
     fence();
     commit(RECORD);
     seen++
  :: atomic { seen < N && is_definition(seen) -> again = intent[seen]; failed = applied[seen] }
     if
#ifndef NO_PROBE
     :: again && failed -> skip /* the catalog says that it has happened */
#endif
     :: else ->
        fence();
        commit(INTENT);
        may_die(DEFINITION);
        atomic {
          failed = applied[seen];
          carry_out(DEFINITION, seen);
#if !defined(NO_SECOND_LOOK) && !defined(NO_PROBE)
          /* It was not there a moment ago: the statement of the runner before has arrived late. */
          if :: failed && again -> failed = false :: else fi;
#endif
          if :: failed -> assert(token != mine); goto lost :: else fi
        }
     fi;
     atomic { again = false; failed = false }
     fence();
     commit(RECORD);
     seen++
  od;

lost: /* or the regular end: the lease is given back if it is still ours */
  may_die(NOTHING);
  atomic {
    row_lock == NOBODY;
    if :: token == mine && holder == me -> holder = NOBODY; expired = false :: else fi;
    if :: seen == N -> assert(done == N) :: else fi
  }
  atomic {
    if :: session_lock == me -> session_lock = NOBODY :: else fi;
    goto dead
  }

settle: /* on a new connection, once the old transaction has ended, the journal tells */
  atomic {
#ifndef NO_AWAIT
    row_lock != me + GHOST;
#endif
    session = false; again = false; failed = false; mine = 0; lost_once = true;
    if
    :: done == seen -> told[me] = true; goto dead /* exit 4: it was rolled back, or only meant */
    :: else -> seen = 0; goto acquire
    fi
  }

dead: /* no traces, or spin would tell states apart by them */
  atomic {
    mine = 0; seen = 0; read_token = 0; uses_session = false; session = false; may = false;
    again = false; failed = false; lost_once = false;
    alive[me] = false; over++
  }
}

/* Leases run out, and are prolonged by a heartbeat as long as their holder lives; sessions whose client
 * is gone end, with what they were sent or without. */
proctype server() {
  byte i, what;
end:
  do
  :: atomic { holder != NOBODY && !expired -> expired = true }
  :: atomic { holder != NOBODY && expired && alive[holder] && row_lock == NOBODY -> expired = false }
  :: atomic { ghost[1] -> i = 1; goto gone }
#if RUNNERS > 2
  :: atomic { ghost[2] -> i = 2; goto gone }
#endif
  :: atomic { over == RUNNERS && ghost[1] == 0 && ghost[RUNNERS - 1] == 0 -> break }
  od;
  goto stop;
gone:
  atomic {
    what = ghost[i];
    if
    :: what != NOTHING ->
       assert(!(what == RECORD && told[i]));
       carry_out(what, ghost_at[i])
    :: true
    fi;
    if :: row_lock == i + GHOST -> row_lock = NOBODY :: else fi;
    if :: session_lock == i + GHOST -> session_lock = NOBODY :: else fi;
    ghost[i] = 0; ghost_at[i] = 0; i = 0; what = 0
  }
  goto end;
stop:
  skip
}

init {
  byte started = 0;
  atomic {
    do
    :: started < RUNNERS -> started++; alive[started] = true; run runner(started, started < RUNNERS)
    :: else -> break
    od;
    run server()
  }
}
