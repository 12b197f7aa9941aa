import Foundation
import Synchronization

/// Threads for work that would hold up a connection's thread, with a bounded queue.
final class WorkerPool: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var isStopping = false
        var running: Int
    }

    private let state: Mutex<State>
    private let available = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)
    private let limit: Int
    private let threads: Int

    init(threads: Int, waiting limit: Int) {
        self.threads = threads
        self.limit = limit
        state = Mutex(State(running: threads))
        for _ in 0..<threads {
            let thread = Thread { [self] in run() }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Queues `work`; false if too much waits already.
    func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopping, state.waiting.count < limit else { return false }
            state.waiting.append(work)
            return true
        }
        if isTaken { available.signal() }
        return isTaken
    }

    /// Ends the threads once all that was queued is done, and waits for them.
    func stop() {
        state.withLock { $0.isStopping = true }
        for _ in 0..<threads { available.signal() }
        for _ in 0..<threads { stopped.wait() }
    }

    private func run() {
        while true {
            available.wait()
            let (work, isEnd) = state.withLock { state in
                let work = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
                return (work, work == nil && state.isStopping)
            }
            work?()
            if isEnd { break }
        }
        stopped.signal()
    }
}
