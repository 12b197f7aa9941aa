import Columnar
import Dispatch
import Synchronization
import Testing

@testable import FeatureStore

@Suite struct ConcurrentReadsTests {
    /// Counts what the readers saw.
    private final class Findings: Sendable {
        let reads = Atomic<Int>(0)
        let torn = Atomic<Int>(0)
        let failures = Mutex<[String]>([])
        let isOver = Atomic<Bool>(false)
    }

    @Test(.timeLimit(.minutes(1))) func readersSeeWholeCommitsWhileTheMapGrowsUnderThem() throws {
        let trial = try OnlineTrial([.int64, .string, .int64], mapBytes: 1 << 16)
        let keys = Int64(0)..<200
        func rows(_ version: Int64) -> [OnlineTrial.Row] {
            keys.map {
                .init(
                    key: $0, event: version, created: nil,
                    values: [.int(version), .string(String(repeating: "x", count: Int(version) * 20)), .int(version)])
            }
        }
        try trial.write(rows(0))
        let findings = Findings()
        let group = DispatchGroup()
        for number in 0..<4 {
            // A reader of its own for each thread, all on one store.
            let reader = try trial.reader()
            DispatchQueue.global().async(group: group) {
                var random = SeededGenerator(seed: UInt64(number))
                while !findings.isOver.load(ordering: .relaxed) {
                    do {
                        let read = try reader.read(
                            [.int(Int64(random.number(0...199)))], at: Timestamp(microseconds: 0))
                        if read[0].value != read[2].value || read[0].status != .present {
                            findings.torn.add(1, ordering: .relaxed)
                        }
                        findings.reads.add(1, ordering: .relaxed)
                    } catch {
                        findings.failures.withLock { $0.append("\(error)") }
                        return
                    }
                }
            }
        }
        for version in Int64(1)...30 { try trial.write(rows(version), sequence: version) }
        findings.isOver.store(true, ordering: .relaxed)
        group.wait()
        #expect(findings.failures.withLock { $0 } == [])
        #expect(findings.torn.load(ordering: .relaxed) == 0)
        #expect(findings.reads.load(ordering: .relaxed) > 30)
        #expect(try trial.read(5)[0].value == .int(30))
    }
}
