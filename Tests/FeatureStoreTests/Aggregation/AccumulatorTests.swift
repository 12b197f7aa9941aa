import Columnar
import Testing

@testable import FeatureStore

/// Accumulators against lists of the same events, on random events of every type.
@Suite struct AccumulatorTests {
    private static let types: [FeatureType] = [
        .bool, .int32, .int64, .float32, .float64, .string, .bytes, .timestamp, .vector(count: 2),
    ]

    /// Everything that a column of a type can be asked for.
    private static func functions(of type: FeatureType?) -> [AggregateFunction] {
        let all = AggregateFunction.spellings.compactMap { AggregateFunction($0) }
        return all.filter { $0.outputType(of: type) != nil }
    }

    private static func layout(_ functions: [AggregateFunction], of type: FeatureType?) -> AccumulatorLayout {
        AccumulatorLayout(of: type, parts: functions.reduce(AccumulatorParts()) { $0.union($1.parts) })
    }

    @Test func orderAndGroupingChangeNoBit() throws {
        for seed in 0..<150 {
            var random = SeededGenerator(seed: UInt64(seed))
            let type: FeatureType? = seed % 10 == 9 ? nil : Self.types[seed % 10]
            let layout = Self.layout(Self.functions(of: type), of: type)
            let events = random.events(count: random.number(0...60), of: type)
            var whole = Accumulator(layout)
            for event in events { whole.add(event.scalar, at: event.place) }
            var grouped = Accumulator(layout)
            var rest = events.shuffled(using: &random)[...]
            while !rest.isEmpty {
                var group = Accumulator(layout)
                for event in rest.prefix(random.number(1...20)) {
                    group.add(event.scalar, at: event.place)
                    rest.removeFirst()
                }
                if random.number(0...1) == 0 {
                    grouped.merge(group)
                } else {
                    try group.encoded().withUnsafeBytes { bytes in
                        var reader = PackedReader(bytes)
                        try grouped.merge(reading: &reader)
                        #expect(reader.isAtEnd)
                    }
                }
            }
            #expect(grouped.encoded() == whole.encoded(), "seed \(seed)")
            let time = Timestamp(microseconds: 5_000)
            for function in Self.functions(of: type) {
                let (a, b) = (grouped, whole)
                let length = TimeSpan.seconds(60)
                #expect(
                    "\(a.value(of: function, over: length, at: time))"
                        == "\(b.value(of: function, over: length, at: time))", "seed \(seed)")
            }
            let again = try whole.encoded().withUnsafeBytes { bytes in
                var reader = PackedReader(bytes)
                return try Accumulator(layout, reading: &reader)
            }
            #expect(again == whole, "seed \(seed)")
            grouped.reset()
            #expect(grouped == Accumulator(layout), "seed \(seed)")
            for event in events { grouped.add(event.scalar, at: event.place) }
            #expect(grouped == whole, "after a reset, seed \(seed)")
        }
    }

    /// Multiples of 1/1024 of which every sum, product and quotient below is exact, or one correctly rounded division.
    @Test func momentsAreThoseOfRationals() {
        for seed in 0..<200 {
            var random = SeededGenerator(seed: UInt64(seed))
            let type: FeatureType = seed % 2 == 0 ? .float64 : .int64
            let layout = Self.layout([.sum, .mean, .variance, .stddev], of: type)
            let unit: Int64 = type == .float64 ? 1024 : 1
            let numbers = (0..<random.number(1...50)).map { _ in Int64(random.number(-1_000_000...1_000_000)) }
            var accumulator = Accumulator(layout)
            for (i, number) in numbers.enumerated() {
                let value: Value = type == .float64 ? .float64(Double(number) / 1024) : .int(number)
                accumulator.add(AggregateScalar(value, of: type), at: EventPlace(time: Int64(i)))
            }
            func value(_ function: AggregateFunction) -> Value {
                accumulator.value(of: function, over: nil, at: Timestamp(microseconds: 0))
            }
            let n = Int64(numbers.count)
            let sum = numbers.reduce(0, +)
            let scatter = Double(n * numbers.reduce(0) { $0 + $1 * $1 } - sum * sum) / Double(n * unit * unit)
            #expect(value(.sum) == (type == .float64 ? .float64(Double(sum) / 1024) : .int(sum)), "seed \(seed)")
            #expect(value(.mean) == .float64(Double(sum) / Double(unit * n)), "seed \(seed)")
            #expect(value(.variance) == (n > 1 ? .float64(scatter / Double(n - 1)) : .null), "seed \(seed)")
            #expect(
                value(.stddev) == (n > 1 ? .float64((scatter / Double(n - 1)).squareRoot()) : .null), "seed \(seed)")
        }
    }

    @Test func valuesAreThoseOfTheList() {
        for seed in 0..<200 {
            var random = SeededGenerator(seed: UInt64(seed))
            let type = Self.types[seed % Self.types.count]
            let functions = Self.functions(of: type)
            var accumulator = Accumulator(Self.layout(functions, of: type))
            let events = random.events(count: random.number(0...40), of: type)
            for event in events.shuffled(using: &random) { accumulator.add(event.scalar, at: event.place) }
            let time = Timestamp(microseconds: 10_000)
            for function in functions {
                let expected = ListAggregate(type: type, events: events).value(of: function, at: time)
                guard let expected else { continue }
                let found = accumulator.value(of: function, over: TimeSpan.seconds(2), at: time)
                #expect("\(found)" == "\(expected)", "\(function) of \(type), seed \(seed)")
            }
        }
    }

    @Test func quantilesAreWithinTheirError() throws {
        var random = SeededGenerator(seed: 7)
        let numbers = (0..<500).map { _ in Double(random.number(-100_000...100_000)) / 7 }
        var accumulator = Accumulator(Self.layout([.quantile(0.5)], of: .float64))
        for number in numbers {
            accumulator.add(AggregateScalar(.float64(number), of: .float64), at: EventPlace(time: 0))
        }
        for q in [0, 0.1, 0.5, 0.95, 1] {
            let expected = numbers.sorted()[Int(q * 499)]
            guard
                case .float64(let found) = accumulator.value(
                    of: .quantile(q), over: nil, at: Timestamp(microseconds: 0))
            else {
                Issue.record("no number")
                continue
            }
            #expect(abs(found - expected) <= DDSketch.relativeError * abs(expected))
        }
    }

    @Test func infinitiesAndNaNHaveTheirPlaces() {
        let layout = Self.layout([.sum, .min, .max, .quantile(0), .distinctCount], of: .float64)
        var accumulator = Accumulator(layout)
        for number in [1.0, .nan, -.infinity, -0.0, 0.0, -.nan] {
            accumulator.add(AggregateScalar(.float64(number), of: .float64), at: EventPlace(time: 0))
        }
        func value(_ function: AggregateFunction) -> String {
            "\(accumulator.value(of: function, over: nil, at: Timestamp(microseconds: 0)))"
        }
        #expect(value(.sum) == "nan")
        #expect(value(.min) == "-inf")
        #expect(value(.max) == "nan")
        #expect(value(.quantile(0)) == "-inf")
        #expect(value(.quantile(1)) == "nan")
        #expect(value(.distinctCount) == "4")
    }

    @Test func aSumThatDoesNotFitIsNull() {
        var accumulator = Accumulator(Self.layout([.sum, .mean], of: .int64))
        for _ in 0..<2 { accumulator.add(AggregateScalar(.int(.max), of: .int64), at: EventPlace(time: 0)) }
        let time = Timestamp(microseconds: 0)
        #expect(accumulator.value(of: .sum, over: nil, at: time) == .null)
        #expect(accumulator.value(of: .mean, over: nil, at: time) == .float64(Double(Int64.max)))
        accumulator.remove(AggregateScalar(.int(.max), of: .int64))
        #expect(accumulator.value(of: .sum, over: nil, at: time) == .int(.max))
    }

    @Test func whatIsRemovedHasNeverBeenThere() {
        for seed in 0..<100 {
            var random = SeededGenerator(seed: UInt64(seed))
            for type in [FeatureType.float64, .float32, .int64, .bool] {
                let layout = Self.layout(
                    [.count, .sum, .mean, .variance].filter { $0.outputType(of: type) != nil }, of: type)
                let (kept, taken) = (random.events(count: 20, of: type), random.events(count: 20, of: type))
                var expected = Accumulator(layout)
                for event in kept { expected.add(event.scalar, at: event.place) }
                var accumulator = Accumulator(layout)
                for event in (kept + taken).shuffled(using: &random) { accumulator.add(event.scalar, at: event.place) }
                for event in taken.shuffled(using: &random) { accumulator.remove(event.scalar) }
                #expect(accumulator == expected, "\(type), seed \(seed)")
            }
        }
    }

    /// Damaged bytes are an error or another accumulator, and never a crash.
    @Test func damagedBytesAreRefusedOrRead() {
        for seed in 0..<400 {
            var random = SeededGenerator(seed: UInt64(seed))
            let type = Self.types[seed % Self.types.count]
            let layout = Self.layout(Self.functions(of: type), of: type)
            var accumulator = Accumulator(layout)
            for event in random.events(count: 12, of: type) { accumulator.add(event.scalar, at: event.place) }
            var bytes = accumulator.encoded()
            for _ in 0..<random.number(1...3) {
                bytes[random.number(0...bytes.count - 1)] = UInt8(random.number(0...255))
            }
            if random.number(0...2) == 0 { bytes.removeLast(random.number(1...bytes.count)) }
            bytes.withUnsafeBytes { bytes in
                var reader = PackedReader(bytes)
                guard let read = try? Accumulator(layout, reading: &reader) else { return }
                for function in Self.functions(of: type) {
                    _ = read.value(of: function, over: nil, at: Timestamp(microseconds: 0))
                }
            }
        }
    }
}

/// Aggregates of a list of events, the obvious way; nil for functions that have tests of their own.
private struct ListAggregate {
    let type: FeatureType
    let events: [SeededGenerator.Event]

    private var values: [SeededGenerator.Event] { events.filter { $0.scalar != nil }.sorted { $0.place < $1.place } }
    private var scalars: [AggregateScalar] { values.compactMap(\.scalar) }

    func value(of function: AggregateFunction, at time: Timestamp) -> Value? {
        if function == .count { return .int(Int64(scalars.count)) }
        if function == .rate { return .float64(Double(scalars.count) / 2) }
        guard let first = scalars.first, let last = scalars.last else { return .null }
        switch function {
        case .min: return scalars.min()?.value(of: type)
        case .max: return scalars.max()?.value(of: type)
        case .first: return first.value(of: type)
        case .last: return last.value(of: type)
        case .lastN(let count):
            return .string(AggregateText.list(scalars.suffix(count).reversed().map { $0.value(of: type) }))
        case .timeSinceLast:
            return .float64(Double(time.microseconds - (values.last?.place.time ?? 0)) / 1e6)
        case .distinctCount where type != .float32 && type != .float64: return .int(Int64(Set(scalars).count))
        case .sum where type == .int32 || type == .bool:
            let numbers = scalars.map { scalar -> Int64 in
                guard case .word(let word) = scalar else { return 0 }
                return AggregateScalar.integer(ofWord: word)
            }
            return .int(numbers.reduce(0, +))
        default: return nil
        }
    }
}

extension SeededGenerator {
    struct Event: Hashable {
        var place: EventPlace
        var scalar: AggregateScalar?
    }

    /// Events with few different times, so that ties are common; some values are null.
    mutating func events(count: Int, of type: FeatureType?) -> [Event] {
        (0..<count).map { i in
            let place = EventPlace(
                time: Int64(number(0...20)) * 100, created: number(0...3) == 0 ? .min : Int64(number(0...2)),
                sequence: Int64(number(0...2)), ordinal: Int64(i))
            guard let type, number(0...7) > 0 else { return Event(place: place, scalar: nil) }
            return Event(place: place, scalar: scalar(of: type))
        }
    }

    private mutating func scalar(of type: FeatureType) -> AggregateScalar {
        switch type {
        case .bool: return .word(AggregateScalar.word(ofInteger: Int64(number(0...1))))
        case .int32: return .word(AggregateScalar.word(ofInteger: Int64(number(-5_000...5_000))))
        case .int64, .timestamp:
            return .word(AggregateScalar.word(ofInteger: Int64(bitPattern: next()) >> Int64(number(0...60))))
        case .float32: return .word(AggregateScalar.word(ofFloat: Double(Float(number(-999...999)) / 7)))
        case .float64:
            let special: [Double] = [.infinity, -.infinity, .nan, 0, -0.0, .leastNonzeroMagnitude]
            let double = number(0...30) == 0 ? special[number(0...5)] : Double(bitPattern: next())
            return .word(AggregateScalar.word(ofFloat: double))
        case .string: return .bytes(Array(["", "a", "b\"c", "zürich", "\n", "abc"][number(0...5)].utf8))
        case .bytes: return .bytes((0..<number(0...3)).map { _ in UInt8(number(0...255)) })
        case .vector(let count): return .bytes((0..<4 * count).map { _ in UInt8(number(0...255)) })
        }
    }
}
