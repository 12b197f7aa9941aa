import Dispatch
import Foundation

extension Parallel {
    /// Makes `count` elements side by side on the cores, and hands them over one at a time in their order.
    ///
    /// `consume` runs on the thread that made an element while the others go on making; a few elements a core are held
    /// at most. If a step throws, no further one is begun, and the error of the first element that failed is thrown.
    public static func inOrder<Element: Sendable, Failure: Error>(
        _ count: Int, make: @Sendable (Int) throws(Failure) -> Element, consume: (Int, Element) throws(Failure) -> Void
    ) throws(Failure) {
        let cores = min(count, ProcessInfo.processInfo.activeProcessorCount)
        guard cores > 1 else {
            for i in 0..<count { try consume(i, try make(i)) }
            return
        }
        let line = OrderedLine<Element, Failure>(count: count, window: cores * 4)
        withoutActuallyEscaping(consume) { consume in
            // The line lets one thread at a time call it.
            nonisolated(unsafe) let consume = consume
            let cancellation = Cancellation.scope
            DispatchQueue.concurrentPerform(iterations: cores) { _ in
                cancellation.run {
                    while let i = line.takeNext() {
                        line.finish(i, Result { () throws(Failure) -> Element in try make(i) }, consume: consume)
                    }
                }
            }
        }
        if let failure = line.failure { throw failure }
    }
}

/// Elements that are made in any order and leave in theirs; one thread at a time lets them out.
///
/// All state is guarded by `condition`.
private final class OrderedLine<Element: Sendable, Failure: Error>: @unchecked Sendable {
    private let count: Int
    /// How far the making may run ahead.
    private let window: Int
    private let condition = NSCondition()
    private var next = 0
    private var turn = 0
    private var waiting: [Int: Result<Element, Failure>] = [:]
    private var isLettingOut = false
    private(set) var failure: Failure?

    init(count: Int, window: Int) {
        self.count = count
        self.window = window
    }

    /// The next element to be made; nil if there is none left, or one has failed.
    func takeNext() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while failure == nil && next < count && next - turn >= window { condition.wait() }
        guard failure == nil, next < count else { return nil }
        next += 1
        return next - 1
    }

    /// Takes an element that was made, and lets out all whose turn it is.
    func finish(_ index: Int, _ made: Result<Element, Failure>, consume: (Int, Element) throws(Failure) -> Void) {
        condition.lock()
        defer { condition.unlock() }
        waiting[index] = made
        guard !isLettingOut else { return }
        isLettingOut = true
        while failure == nil, let made = waiting.removeValue(forKey: turn) {
            let index = turn
            condition.unlock()
            let outcome = Result { () throws(Failure) -> Void in try consume(index, try made.get()) }
            condition.lock()
            if case .failure(let error) = outcome { failure = error }
            turn += 1
            condition.broadcast()
        }
        isLettingOut = false
    }
}
