import Columnar
import Synchronization
import Testing

@Suite struct CancellationTests {
    @Test func workThatNobodyMayStopIsNotStopped() throws {
        try Cancellation.check()
        _ = try Parallel.tryMap(Array(0..<100)) { (_) throws(DataError) in try Cancellation.check() }
    }

    @Test func workIsStoppedOnAllThreadsItUses() {
        let looks = Atomic(0)
        let done = Atomic(0)
        let isRequested: @Sendable () -> Bool = { looks.add(1, ordering: .relaxed).newValue > 10 }
        let error = #expect(throws: DataError.self) {
            try Cancellation.when(isRequested) {
                _ = try Parallel.tryMap(Array(0..<100)) { (_) throws(DataError) in
                    try Cancellation.check()
                    done.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(error == .stopped && error?.isCancellation == true)
        #expect(done.load(ordering: .relaxed) == 10)
        #expect(throws: Never.self) { try Cancellation.check() }
    }

    @Test func aNameOfAFileDoesNotHideThatWorkWasStopped() {
        #expect(DataError.stopped.inFile("a.parquet") == .stopped)
        #expect(!DataError("damaged").isCancellation)
    }
}
