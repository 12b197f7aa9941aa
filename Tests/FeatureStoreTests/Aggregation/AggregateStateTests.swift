import Columnar
import Testing

@testable import FeatureStore

/// Aggregates by a second column against an accumulator a key.
@Suite struct AggregateStateTests {
    private let layout = AggregateState.Layout(
        values: AccumulatorLayout(of: .float64, parts: AccumulatorParts(.sum)), keyType: .string)

    @Test func groupsAreThoseOfTheirKeys() throws {
        for seed in 0..<100 {
            var random = SeededGenerator(seed: UInt64(seed))
            let events = random.events(count: random.number(0...40), of: .float64)
            let keys = events.map { _ -> AggregateScalar? in
                random.number(0...9) == 0 ? nil : .bytes([UInt8(97 + random.number(0...4))])
            }
            var expected: [AggregateScalar: Accumulator] = [:]
            for (event, key) in zip(events, keys) {
                guard let key, event.scalar != nil else { continue }
                expected[key, default: Accumulator(layout.values)].add(event.scalar, at: event.place)
            }
            var merged = AggregateState(layout)
            for part in Array(zip(events, keys)).shuffled(using: &random).chunked(by: 7) {
                var state = AggregateState(layout)
                for (event, key) in part { state.add(event.scalar, by: key, at: event.place) }
                var writer = SketchWriter()
                state.write(to: &writer)
                try writer.bytes.withUnsafeBytes { bytes in
                    var reader = PackedReader(bytes)
                    try merged.merge(reading: &reader)
                    #expect(reader.isAtEnd)
                }
            }
            #expect(merged.groups.map(\.key) == expected.keys.sorted(), "seed \(seed)")
            for group in merged.groups { #expect(group.accumulator == expected[group.key], "seed \(seed)") }
        }
    }

    @Test func topGroupsAreThoseOfGreatestValues() {
        var state = AggregateState(layout)
        for (i, (key, value)) in [("b", 2.0), ("a", 2.0), ("c", 5.5), ("d", -1.0), ("c", 1.0)].enumerated() {
            state.add(
                AggregateScalar(.float64(value), of: .float64), by: AggregateScalar(.string(key), of: .string),
                at: EventPlace(time: Int64(i)))
        }
        let time = Timestamp(microseconds: 0)
        #expect(state.value(of: .sum, over: nil, at: time) == .string(#"{"a":2.0,"b":2.0,"c":6.5,"d":-1.0}"#))
        #expect(state.value(of: .sum, over: nil, at: time, top: 2) == .string(#"{"c":6.5,"a":2.0}"#))
        #expect(state.value(of: .count, over: nil, at: time, top: 1) == .string(#"{"c":2}"#))
        #expect(AggregateState(layout).value(of: .count, over: nil, at: time) == .null)
    }
}

extension Array {
    fileprivate func chunked(by size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
