import Dispatch
import Foundation
import Synchronization

extension Parallel {
    /// Makes `count` elements on other threads, ahead of the caller, who takes them one at a time in their order.
    ///
    /// `consume` runs on the calling thread, which what it works with may belong to. No more than `window` elements are
    /// held at once. If a step throws, no further one is begun, and the error of the first element that failed is thrown.
    public static func ahead<Element: Sendable>(
        _ count: Int, window: Int = 3, make: @Sendable (Int) throws -> Element, consume: (Int, Element) throws -> Void
    ) throws {
        let makers = min(count, max(1, ProcessInfo.processInfo.activeProcessorCount - 1), window)
        guard count > 1 else {
            for i in 0..<count { try consume(i, try make(i)) }
            return
        }
        let line = MadeAhead<Element>(count: count, window: window)
        let group = DispatchGroup()
        let cancellation = Cancellation.scope
        try withoutActuallyEscaping(make) { make in
            // They have all ended before this returns.
            defer { group.wait() }
            for _ in 0..<makers {
                DispatchQueue.global().async(group: group) {
                    cancellation.run {
                        while let i = line.takeNext() { line.add(i, Result { try make(i) }) }
                    }
                }
            }
            defer { line.stop() }
            for i in 0..<count { try consume(i, try line.element(i).get()) }
        }
    }
}

/// Elements that are made in any order, and taken in theirs. All state is guarded by `condition`.
private final class MadeAhead<Element: Sendable>: @unchecked Sendable {
    private let count: Int
    private let window: Int
    private let condition = NSCondition()
    private var next = 0
    /// How many were taken.
    private var taken = 0
    private var made: [Int: Result<Element, any Error>] = [:]
    private var isStopped = false

    init(count: Int, window: Int) {
        self.count = count
        self.window = window
    }

    /// The next element to be made; nil if there is none left.
    func takeNext() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while !isStopped, next < count, next - taken >= window { condition.wait() }
        guard !isStopped, next < count else { return nil }
        next += 1
        return next - 1
    }

    func add(_ index: Int, _ element: Result<Element, any Error>) {
        condition.lock()
        made[index] = element
        condition.broadcast()
        condition.unlock()
    }

    /// Waits for an element.
    func element(_ index: Int) -> Result<Element, any Error> {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let element = made.removeValue(forKey: index) {
                taken += 1
                condition.broadcast()
                return element
            }
            condition.wait()
        }
    }

    /// Lets the makers end.
    func stop() {
        condition.lock()
        isStopped = true
        condition.broadcast()
        condition.unlock()
    }
}
