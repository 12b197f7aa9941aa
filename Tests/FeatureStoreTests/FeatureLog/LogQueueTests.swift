import Foundation
import Testing

@testable import FeatureStore

@Suite struct LogQueueTests {
    private func put(_ queue: LogQueue, _ number: UInt64, bytes: Int = 8) -> Bool {
        queue.append(atMost: bytes) { start in
            start.storeBytes(of: number, as: UInt64.self)
            return bytes
        }
    }

    @Test func aFullQueueDropsAndCounts() {
        let queue = LogQueue(capacity: 1024, waits: false)
        let kept = (0..<200).count { put(queue, $0) }
        #expect(kept == 128 && queue.dropped == 72)
    }

    @Test func aFullQueueHoldsReadsUpWhereTheServiceSaysSo() throws {
        let queue = LogQueue(capacity: 1024, waits: true)
        nonisolated(unsafe) var seen: [UInt64] = []
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            while let portion = queue.take(gatheringMilliseconds: 1) {
                usleep(1000)
                seen += portion.bytes.bindMemory(to: UInt64.self)
                queue.settle(portion, isLost: false)
            }
            done.signal()
        }
        for number in 0..<5000 as Range<UInt64> {
            try queue.waitForRoom()
            #expect(put(queue, number))
        }
        try queue.flush()
        #expect(queue.dropped == 0 && queue.waitingRows == 0)
        queue.end()
        done.wait()
        #expect(seen == Array(0..<5000))
    }

    @Test func flushingTellsWhyRowsCannotBeWritten() throws {
        let queue = LogQueue(capacity: 1024, waits: false)
        Thread.detachNewThread {
            while let portion = queue.take(gatheringMilliseconds: 1) {
                while !queue.fail(LogError.slow(seconds: 1)) { usleep(10_000) }
                queue.settle(portion, isLost: true)
            }
        }
        #expect(put(queue, 1))
        #expect(throws: LogError.slow(seconds: 1)) { try queue.flush() }
        queue.end()
    }
}
