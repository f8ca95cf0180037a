//! How the threads of `serve` share the processor with the MTA and the next hop beside them.

/// From here on this thread, and each that it starts, wakes up without pushing aside who runs
/// (SCHED_BATCH, sched(7)): the MTA or the next hop finishes what it is at, and all that it sent by
/// then is handled at once. On a busy machine that is more mail, for a few milliseconds of waiting;
/// an idle processor is taken as soon as ever.
///
/// Where that is not allowed, as in some sandboxes, it works without.
#[cfg(target_os = "linux")]
pub fn let_others_finish() {
    use preempt_rt::sched::{Pid, Scheduler, SchedulerParams, get_scheduler, set_scheduler};

    // Started by systemd, it has what its unit says; one that forbids the call may kill for it.
    if super::systemd::has_started_us() {
        return;
    }
    let this = Pid::current_thread();
    // What an operator chose stays.
    if let Ok(Scheduler::SCHED_NORMAL) = get_scheduler(this) {
        let params = SchedulerParams { priority: 0 };
        let _ = set_scheduler(this, Scheduler::SCHED_BATCH, params);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn let_others_finish() {}
