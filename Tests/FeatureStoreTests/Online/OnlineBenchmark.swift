import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Measures against the C programs of Benchmarks/ on the same rows; runs only when asked to, in a release build:
/// `FSTORE_BENCHMARK=1 swift test -c release -Xswiftc -enable-testing --filter OnlineBenchmark`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["FSTORE_BENCHMARK"] != nil), .serialized)
struct OnlineBenchmark {
    let fixture = OnlineFixture()
    private let rows = 1_000_000
    private let view = OnlineView(
        name: "benchmark", keyTypes: [.int64], features: (0..<10).map { StoredFeature("f\($0)", .float32) })

    private func batch(shift: Int64) -> OnlineBatch {
        func filled<T>(_ type: DataType, _ value: (Int) -> T) -> Column {
            let buffer = MutableBuffer(uninitialized: rows * MemoryLayout<T>.stride)
            let elements = buffer.elements(as: T.self)
            for row in 0..<rows { elements[row] = value(row) }
            return Column(type, count: rows, values: buffer.freeze())
        }
        return OnlineBatch(
            keys: KeyEncoder([.int64]).encode([filled(.int64) { Int64($0) }]),
            events: filled(.instant) { Int64($0) + shift }, created: filled(.instant) { Int64($0) + shift },
            features: (0..<10).map { feature in filled(.float32) { Float($0 + feature) } })
    }

    private func measure(_ name: String, _ count: Int, _ body: () throws -> Void) rethrows {
        let elapsed = try ContinuousClock().measure(body)
        let perOperation = elapsed / count
        print("\(name): \(elapsed), \(perOperation) each")
    }

    @Test func bulkWritesAndRandomReads() throws {
        let (first, second) = (batch(shift: 0), batch(shift: 1))
        for _ in 0..<5 {
            let fresh = OnlineFixture()
            let store = try OnlineStore(path: fresh.path)
            try measure("append to an empty view", rows) { try store.write(first, to: view, now: seconds(0)) }
        }
        let store = try OnlineStore(path: fixture.path)
        try store.write(first, to: view, now: seconds(0))
        try measure("merge newer rows", rows) { try store.write(second, to: view, now: seconds(0)) }
        try measure("merge older rows", rows) { try store.write(first, to: view, now: seconds(0)) }
        try measure("replace all", rows) { try store.write(first, to: view, mode: .replacing, now: seconds(0)) }

        let reader = try OnlineReader(store, [OnlineSelection(view, timeToLive: .seconds(1_000_000))])
        let reads = 2_000_000
        var floats = [Float](repeating: 0, count: 10)
        var sum: Float = 0
        try floats.withUnsafeMutableBufferPointer { floats in
            for name in ["warm-up", "10 floats, in one snapshot"] {
                var numbers = SeededNumbers(state: 42)
                try measure(name, reads) {
                    try reader.withSnapshot { snapshot in
                        for _ in 0..<reads {
                            let key = ((numbers.next() % UInt64(rows)) ^ (1 << 63)).bigEndian
                            let status = try withUnsafeBytes(of: key) {
                                try snapshot.readFloats($0, selection: 0, now: seconds(1), into: floats)
                            }
                            precondition(status == .present)
                            sum += floats[9]
                        }
                    }
                }
            }
            var numbers = SeededNumbers(state: 42)
            try measure("10 floats, each in a snapshot of its own", reads) {
                for _ in 0..<reads {
                    let key = ((numbers.next() % UInt64(rows)) ^ (1 << 63)).bigEndian
                    let status = try withUnsafeBytes(of: key) {
                        try reader.readFloats($0, now: seconds(1), into: floats)
                    }
                    precondition(status == .present)
                    sum += floats[9]
                }
            }
        }
        let ids = (0..<100).map { Int64($0 * 9_973) }
        let hundred = keys(ids)
        try measure("batches of 100 keys as columns", 10_000) {
            for _ in 0..<10_000 { sum += Float(try reader.read([hundred], now: seconds(1))[0].features[0].count) }
        }
        print("sum \(sum)")
    }
}
