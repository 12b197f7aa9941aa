import Columnar
import Foundation
import Testing

@Suite struct ParallelTests {
    @Test(arguments: [0, 1, 2, 3, 100, 5000])
    func elementsLeaveInOrderOneAtATime(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let delays = (0..<count).map { _ in UInt32.random(in: 0..<40, using: &random) }
        var left: [Int] = []
        Parallel.inOrder(count) { i -> Int in
            usleep(delays[i])
            return i * i
        } consume: { i, square in
            #expect(square == i * i)
            left.append(i)
        }
        #expect(left == Array(0..<count))
    }

    private struct Stop: Error, Equatable { let at: Int }

    @Test func firstFailureInOrderIsToldAndEndsTheWork() {
        for failing in [0, 7, 999] {
            var left = 0
            #expect(throws: Stop(at: failing)) {
                try Parallel.inOrder(1000) { (i) throws(Stop) in
                    if i >= failing { throw Stop(at: i) }
                    return i
                } consume: { (_, _) throws(Stop) in
                    left += 1
                }
            }
            #expect(left == failing)
            left = 0
            #expect(throws: Stop(at: failing)) {
                try Parallel.inOrder(1000) { (i) throws(Stop) in
                    i
                } consume: { (i, _) throws(Stop) in
                    if i == failing { throw Stop(at: i) }
                    left += 1
                }
            }
            #expect(left == failing)
        }
    }
}
