import Columnar
import Foundation
import Synchronization

/// What happens when the process is told to stop (SIGINT, SIGTERM): work that can be stopped is, and undoes what it has
/// begun; else clean-ups run, newest first, and the process ends with 128 plus the signal's number. A second signal ends
/// it at once. Safe to use from any thread.
final class Interruption: Sendable {
    private struct State {
        var cleanups: [(id: Int, run: @Sendable () -> Void)] = []
        var nextID = 0
        var isEnding = false
        /// Set while `waitForSignal` waits: the signal is then its caller's to handle.
        var waiter: DispatchSemaphore?
        var lastSignal: Int32 = 0
        /// Pieces of work that can be stopped, one within the other.
        var stoppable = 0
    }

    /// How far a request to stop has come.
    private enum Request: Int {
        case none, made, noticed
    }

    /// Work that has not looked for a request by then is not going to, as when it waits for input.
    private let timeToNotice: TimeInterval
    /// Work that has noticed, and is not done by then, is left to the next one to clean up after.
    private let timeToEnd: TimeInterval = 10
    private let request = Atomic(Request.none.rawValue)

    /// The one that signals of this process go to.
    static let process = Interruption { _exit($0) }

    private let state = Mutex(State())
    private let exit: @Sendable (Int32) -> Void

    /// - Parameter exit: ends the process with a status; tests put their own.
    init(timeToNotice: TimeInterval = 1, exit: @escaping @Sendable (Int32) -> Void) {
        self.timeToNotice = timeToNotice
        self.exit = exit
    }

    /// The exit status that tells of a signal.
    static func status(of signal: Int32) -> Int32 { 128 + signal }

    /// Takes SIGINT and SIGTERM over, unless the process was started to ignore them, and lets writes to a closed pipe
    /// fail instead of killing the process. To be called once, before other threads are started.
    func catchSignals() {
        signal(SIGPIPE, SIG_IGN)
        var awaited = sigset_t()
        sigemptyset(&awaited)
        for number in [SIGINT, SIGTERM] where !Self.isIgnored(number) { sigaddset(&awaited, number) }
        // Threads inherit the mask, so the signals reach none but the one that waits for them.
        pthread_sigmask(SIG_BLOCK, &awaited, nil)
        Thread.detachNewThread { [self, awaited] in
            var awaited = awaited
            var number: Int32 = 0
            while sigwait(&awaited, &number) == 0 {
                // Acted on in a thread of its own, so that a second signal is heard while clean-ups run.
                let signal = number
                Thread.detachNewThread { self.receive(signal) }
            }
        }
    }

    /// Runs `work`; if the process is told to stop before it is done, `cleanup` runs on another thread, beside it.
    func withCleanup<Result>(
        _ cleanup: @escaping @Sendable () -> Void, _ work: () throws -> Result
    ) rethrows -> Result {
        let id = state.withLock { state in
            state.nextID += 1
            state.cleanups.append((state.nextID, cleanup))
            return state.nextID
        }
        defer { state.withLock { $0.cleanups.removeAll { $0.id == id } } }
        return try work()
    }

    /// Runs `work`, which a signal stops: it then ends with `DataError.stopped`, or the process ends if it does not.
    func stopping<Result>(_ work: () throws -> Result) rethrows -> Result {
        state.withLock { $0.stoppable += 1 }
        defer { state.withLock { $0.stoppable -= 1 } }
        return try Cancellation.when({ [self] in isStopRequested }, work)
    }

    private var isStopRequested: Bool {
        if request.load(ordering: .relaxed) == Request.none.rawValue { return false }
        request.store(Request.noticed.rawValue, ordering: .relaxed)
        return true
    }

    /// The exit status that tells of the last signal.
    var status: Int32 { Self.status(of: state.withLock { $0.lastSignal }) }

    /// Waits until the process is told to stop and returns the signal; the caller then ends its work in its own way.
    func waitForSignal() -> Int32 {
        let arrived = DispatchSemaphore(value: 0)
        state.withLock { $0.waiter = arrived }
        arrived.wait()
        return state.withLock { $0.lastSignal }
    }

    /// Whether `waitForSignal` waits.
    var isAwaited: Bool { state.withLock { $0.waiter != nil } }

    /// Acts on a signal as if the process had got it.
    func receive(_ signal: Int32) {
        let (waiter, isStoppable) = state.withLock { state in
            defer { state.waiter = nil }
            state.lastSignal = signal
            return (state.waiter, state.stoppable > 0)
        }
        if let waiter {
            waiter.signal()
            return
        }
        let isFirst = request.exchange(Request.made.rawValue, ordering: .relaxed) == Request.none.rawValue
        if isStoppable, isFirst, hasStopped() { return }
        end(with: Self.status(of: signal))
    }

    /// Waits for stoppable work to end; false if it does not look for a request, or takes too long.
    private func hasStopped() -> Bool {
        let start = Date()
        while state.withLock({ $0.stoppable > 0 }) {
            let waited = -start.timeIntervalSinceNow
            let isNoticed = request.load(ordering: .relaxed) == Request.noticed.rawValue
            if waited > (isNoticed ? timeToEnd : timeToNotice) { return false }
            usleep(1000)
        }
        return true
    }

    /// Runs the clean-ups and ends the process.
    func end(with status: Int32) {
        let cleanups = state.withLock { state in
            defer { state.isEnding = true }
            return state.isEnding ? [] : state.cleanups.reversed()
        }
        for cleanup in cleanups { cleanup.run() }
        exit(status)
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
