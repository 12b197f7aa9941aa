import Foundation
import Synchronization
import Testing

@testable import Columnar

@Suite struct ParallelAheadTests {
    private struct Failure: Error, Equatable {
        let number: Int
    }

    @Test(arguments: [0, 1, 2, 7, 300])
    func elementsComeInOrderOnTheCallersThread(count: Int) throws {
        let caller = Thread.current
        let held = Atomic(0)
        let most = Mutex(0)
        var seen: [Int] = []
        try Parallel.ahead(count, window: 3) { number in
            let now = held.add(1, ordering: .relaxed).newValue
            most.withLock { $0 = max($0, now) }
            return number * number
        } consume: { number, square in
            #expect(Thread.current === caller && square == number * number)
            seen.append(number)
            held.subtract(1, ordering: .relaxed)
        }
        #expect(seen == Array(0..<count))
        // Those that wait, and the one that was taken and is still counted.
        #expect(most.withLock { $0 } <= 4)
    }

    @Test(arguments: [0, 3, 19])
    func theFirstFailureEndsIt(place: Int) {
        var seen: [Int] = []
        #expect(throws: Failure(number: place)) {
            try Parallel.ahead(20) { number in
                if number >= place { throw Failure(number: number) }
                return number
            } consume: { number, _ in
                seen.append(number)
            }
        }
        #expect(seen == Array(0..<place))
        #expect(throws: Failure(number: 5)) {
            try Parallel.ahead(20) {
                $0
            } consume: { number, _ in
                if number == 5 { throw Failure(number: 5) }
            }
        }
    }
}
