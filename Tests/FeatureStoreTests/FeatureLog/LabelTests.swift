import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct LabelTests {
    private static let label = "{name: late, type: bool, window: 1h, missing: 0}"
    private static let hour: Int64 = 3_600_000_000

    private func fixture(_ label: String = LabelTests.label) throws -> (FeatureLogFixture, RecordingReader) {
        var generator = SeededGenerator(seed: 21)
        let fixture = try FeatureLogFixture(label: label)
        try fixture.push(Array(0..<20), at: 1000, &generator)
        return (fixture, try fixture.reader())
    }

    private func read(_ fixture: FeatureLogFixture, _ reader: RecordingReader, _ ids: [String]) throws {
        let keys = fixture.keys(ids.indices.map { Int64($0 % 20) })
        _ = try reader.read(keys, at: fixture.store.clock.time, requestIDs: .each(ids))
        try reader.flush()
    }

    /// Request id, label and kind of all examples of a consumer.
    private func examples(_ fixture: FeatureLogFixture, _ consumer: String = "c", batch: Int = 3) throws -> [String] {
        let stream = try fixture.store.store.examples(of: "m", for: consumer)
        var found: [String] = []
        while let batch = try stream.next(atMost: batch) {
            for row in 0..<batch.table.rowCount {
                let values = ["request_id", "late", "kind"].map {
                    batch.table.column($0)?.value(at: row).description ?? ""
                }
                found.append(values.joined(separator: " "))
            }
            try stream.commit(batch.position)
        }
        return found
    }

    private func advance(_ fixture: FeatureLogFixture, by microseconds: Int64) {
        fixture.store.clock.time = Timestamp(microseconds: fixture.store.clock.time.microseconds + microseconds)
    }

    @Test func aLabelMeetsItsReadAndMakesAnExampleOnce() throws {
        let (fixture, reader) = try fixture()
        try read(fixture, reader, ["a", "b", "c"])
        let summary = try fixture.store.store.label(
            "m",
            [
                Label(requestID: "c", value: .bool(true)), Label(requestID: "a", value: .bool(false), weight: 2.5),
                Label(requestID: "a", value: .bool(false)),
            ])
        #expect(summary.labels == 3 && summary.joined == 2 && summary.repeated == 1)
        let stream = try fixture.store.store.examples(of: "m", for: "x")
        let batch = try #require(try stream.next(atMost: 10))
        #expect(batch.first == 1 && batch.position == 2)
        #expect(batch.table.column("weight")?.allValues == [.float64(1), .float64(2.5)])
        // The row is that of the log.
        let logged = try fixture.rows(LogFilter(requestID: "a"))
        #expect(LoggedRow(batch.table.slice(1..<2), 0).features.map(\.value) == logged[0].features.map(\.value))
        #expect(try examples(fixture) == ["c true label", "a false label"])
        #expect(try examples(fixture).isEmpty)
        #expect(try examples(fixture, "another").count == 2)
    }

    @Test func aLabelCountsWithinTheWindowAndMissingOnesAreGivenAfterIt() throws {
        let (fixture, reader) = try fixture()
        try read(fixture, reader, ["a", "b", "c", "d"])
        advance(fixture, by: Self.hour)
        #expect(try fixture.store.store.label("m", [Label(requestID: "a", value: .bool(true))]).joined == 1)
        #expect(try examples(fixture) == ["a true label"])
        advance(fixture, by: 1)
        #expect(try fixture.store.store.label("m", [Label(requestID: "b", value: .bool(true))]).late == 1)
        #expect(try examples(fixture) == ["b false missing", "c false missing", "d false missing"])
        #expect(try fixture.store.store.logSummary(of: "m").labelsLate == 1)
        // What was read later has its own window.
        try read(fixture, reader, ["e"])
        #expect(try examples(fixture).isEmpty)
        advance(fixture, by: Self.hour + 1)
        #expect(try examples(fixture) == ["e false missing"])
    }

    @Test func missingLabelsAreDroppedUnlessDeclared() throws {
        let (fixture, reader) = try fixture("{name: late, type: bool, window: 1h}")
        try read(fixture, reader, ["a"])
        advance(fixture, by: 10 * Self.hour)
        #expect(try examples(fixture).isEmpty)
    }

    @Test func aCorrectionIsGivenAsOne() throws {
        let (fixture, reader) = try fixture()
        try read(fixture, reader, ["a", "b"])
        let store = fixture.store.store
        try store.label("m", [Label(requestID: "a", value: .bool(true))])
        try store.label("m", [Label(requestID: "a", value: .bool(false)), Label(requestID: "b", value: .bool(true))])
        #expect(try examples(fixture) == ["a true label", "a false correction", "b true label"])
        _ = try store.compactLog(of: "m")
        #expect(try store.label("m", [Label(requestID: "b", value: .bool(false))]).corrections == 1)
        #expect(try examples(fixture) == ["b false correction"])
        advance(fixture, by: 2 * Self.hour)
        #expect(try examples(fixture).isEmpty)
    }

    @Test func aLabelWaitsForItsReadAndIsUnknownAfterAMinute() throws {
        let (fixture, reader) = try fixture()
        try read(fixture, reader, ["a"])
        let store = fixture.store.store
        #expect(try store.label("m", [Label(requestID: "nobody", value: .bool(true))]).waiting == 1)
        advance(fixture, by: 61_000_000)
        let summary = try store.settleLabels(of: "m")
        #expect(summary.unknown == 1 && summary.waiting == 0)
        #expect(try store.logSummary(of: "m").labelsUnknown == 1)
    }

    @Test func ofReadsWithOneIdTheNewestBeforeTheLabelIsMeant() throws {
        let (fixture, reader) = try fixture()
        try read(fixture, reader, ["a"])
        advance(fixture, by: 1000)
        try read(fixture, reader, ["x", "a"])
        advance(fixture, by: 1000)
        try fixture.store.store.takeLabels("m", [Label(requestID: "a", value: .bool(true))])
        advance(fixture, by: 1000)
        try read(fixture, reader, ["x", "y", "a"])
        let stream = try fixture.store.store.examples(of: "m", for: "c")
        let batch = try #require(try stream.next(atMost: 10))
        #expect(batch.table.column("id")?.allValues == [.int(1)])
    }

    @Test func aPositionIsCommittedByOneConsumerOnly() throws {
        let (fixture, reader) = try fixture()
        try read(fixture, reader, ["a", "b", "c"])
        let store = fixture.store.store
        try store.label("m", ["a", "b", "c"].map { Label(requestID: $0, value: .bool(true)) })
        let one = try store.examples(of: "m", for: "c")
        let other = try store.examples(of: "m", for: "c")
        try one.commit(2)
        try one.commit(2)
        #expect(throws: LogError.positionMoved(consumer: "c", expected: 0, found: 2)) { try other.commit(1) }
        #expect(throws: LogError.beyondEnd(consumer: "c", position: 9, last: 3)) { try one.commit(9) }
        #expect(try examples(fixture) == ["c true label"])
        // A consumer that keeps its position itself.
        #expect(try store.examples(of: "m", for: "c", after: 1).next(atMost: 1)?.first == 2)
        #expect(throws: LogError.self) { try store.examples(of: "m", for: "c", after: 4) }
        try store.commitExamples(of: "m", for: "c", position: 0)
        #expect(try examples(fixture).count == 3)
    }

    @Test func labelsThatCannotBeAreRefusedAllTogether() throws {
        let (fixture, _) = try fixture()
        let store = fixture.store.store
        #expect(throws: StoreError.self) {
            try store.label("m", [Label(requestID: "a", value: .bool(true)), Label(requestID: "b", value: .int(7))])
        }
        #expect(try store.logSummary(of: "m").labelsWaiting == 0)
        let table = Table(
            fields: [Field("request_id", .string), Field("late", .int64)],
            columns: [Column(.string, [.string("a"), .string("b")]), Column(.int64, [.int(1), .int(2)])])
        #expect { try store.label("m", table: table, origin: "labels.csv") } throws: { error in
            "\(error)" == "labels.csv:2:late: '2' does not fit type bool"
        }
        let other = try FeatureLogFixture()
        #expect(throws: LogError.noLabel(service: "m")) { try other.store.store.label("m", []) }
    }

    /// Random reads, labels, corrections, compactions and time, against a list that is searched.
    @Test func examplesAreThoseThatASlowModelGives() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        let (fixture, reader) = try fixture()
        let store = fixture.store.store
        var reads: [(id: String, time: Int64, label: Bool?, isMissing: Bool)] = []
        var expected: [String] = []
        var seen: [String] = []
        func settle() {
            let now = fixture.store.clock.time.microseconds
            for place in reads.indices where reads[place].label == nil && !reads[place].isMissing {
                guard now - reads[place].time > Self.hour else { break }
                reads[place].isMissing = true
                expected.append("\(reads[place].id) false missing")
            }
        }
        for _ in 0..<120 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4:
                let ids = (0..<Int.random(in: 1...6, using: &generator)).map { "r\(reads.count + $0)" }
                try read(fixture, reader, ids)
                reads += ids.map { ($0, fixture.store.clock.time.microseconds, nil, false) }
            case 4..<8 where !reads.isEmpty:
                let labels = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                    (
                        Int.random(in: max(0, reads.count - 30)..<reads.count, using: &generator),
                        Bool.random(using: &generator)
                    )
                }
                try store.label("m", labels.map { Label(requestID: reads[$0.0].id, value: .bool($0.1)) })
                let now = fixture.store.clock.time.microseconds
                for (place, value) in labels where now - reads[place].time <= Self.hour && reads[place].label != value {
                    expected.append("\(reads[place].id) \(value) \(reads[place].label == nil ? "label" : "correction")")
                    reads[place].label = value
                }
                settle()
            case 8: advance(fixture, by: Int64.random(in: 0...(Self.hour / 2), using: &generator))
            default: if Bool.random(using: &generator) { _ = try store.compactLog(of: "m") }
            }
            if Int.random(in: 0..<6, using: &generator) == 0 {
                seen += try examples(fixture, batch: Int.random(in: 1...9, using: &generator))
                settle()
                #expect(seen == expected, "seed \(seed)")
            }
        }
        #expect(try examples(fixture, "afterwards", batch: 7) == expected, "seed \(seed)")
    }

    @Test func vectorsOfExamplesAreTheNumbersOfTheirRows() throws {
        let (fixture, reader) = try fixture()
        let ids = (0..<20).map { "r\($0)" }
        try read(fixture, reader, ids)
        try fixture.store.store.label("m", ids.map { Label(requestID: $0, value: .bool(true)) })
        let batch = try #require(try fixture.store.store.examples(of: "m", for: "c").next(atMost: 100))
        #expect(
            batch.vectorNames == [
                "v__flag", "v__small", "v__whole", "v__ratio", "v__exact", "v__embedding[0]", "v__embedding[1]",
                "v__embedding[2]",
            ])
        var floats = [Float](repeating: 0, count: 20 * batch.vectorWidth)
        floats.withUnsafeMutableBufferPointer { batch.writeVectors(into: $0) }
        for row in 0..<20 {
            var expected: [Float] = []
            for feature in LoggedRow(batch.table, row).features {
                switch (feature.value.value, feature.name) {
                case (.bool(let flag), _): expected.append(flag ? 1 : 0)
                case (.int(let number), _): expected.append(Float(number))
                case (.float32(let number), _): expected.append(number)
                case (.float64(let number), _): expected.append(Float(number))
                case (.list(let elements), _):
                    for case .float32(let element) in elements { expected.append(element) }
                case (.null, "v__embedding"): expected += [.nan, .nan, .nan]
                case (.null, "v__city"), (.null, "v__raw"), (.null, "v__seen"): break
                case (.null, _): expected.append(.nan)
                default: break
                }
            }
            let found = floats[row * batch.vectorWidth..<(row + 1) * batch.vectorWidth]
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
        }
    }
}
