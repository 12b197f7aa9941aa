import Columnar
import Testing

@testable import FeatureStore

/// What is collected block by block against sketches that saw one value after the other.
@Suite struct StatisticsCollectorTests {
    @Test(arguments: FeatureType.allKinds)
    func blocksGiveWhatSingleValuesGive(type: FeatureType) throws {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: UInt64(seed))
            let values = random.column(
                type, count: random.chance(0.3) ? random.number(1000...4000) : random.number(0...60))
            let column = Column(type.dataType, values)
            let collector = StatisticsCollector(of: [Feature("f", type)])
            var start = 0
            var blocks: [(Int, Column)] = []
            while start < column.count {
                let end = min(column.count, start + random.number(1...2000))
                blocks.append((start, column.slice(start..<end)))
                start = end
            }
            for (start, block) in blocks.shuffled(using: &random) { collector.add(block, feature: 0, firstRow: start) }
            let summary = try #require(collector.finish()["f"])
            #expect(summary.rows == Int64(values.count), "seed \(seed)")
            #expect(summary.nulls == Int64(values.count { $0 == .null }), "seed \(seed)")
            #expect(summary.fits(type))
            #expect(try FeatureSummary(decoding: summary.encoded()) == summary, "seed \(seed)")
            check(summary, values.filter { $0 != .null }, "seed \(seed)")
        }
    }

    @Test func mergedSegmentsGiveWhatOneGives() throws {
        for type in FeatureType.allKinds {
            for seed in 0..<8 {
                var random = SeededGenerator(seed: UInt64(seed))
                let values = random.column(type, count: 1500)
                func summary(_ values: ArraySlice<Value>) throws -> FeatureSummary {
                    let collector = StatisticsCollector(of: [Feature("f", type)])
                    collector.add([Column(type.dataType, Array(values))], firstRow: 0)
                    return try #require(collector.finish()["f"])
                }
                var merged = FeatureSummary(of: type)
                for part in [values[0..<1], values[1..<700], values[700..<700], values[700...]] {
                    merged.merge(try FeatureSummary(decoding: try summary(part).encoded()))
                }
                // Few different values, so that even the frequent ones are exact.
                #expect(merged == (try summary(values[...])), "\(type), seed \(seed)")
            }
        }
    }

    /// Beyond a table's room: a distribution with a long tail, whose frequent values must still be right.
    @Test func frequentValuesStandOutOfALongTail() throws {
        var random = SeededGenerator(seed: 9)
        let count = 300_000
        let buffer = MutableBuffer(uninitialized: count * 8)
        let elements = buffer.elements(as: Int64.self)
        var exact: [Int64: Int64] = [:]
        for i in 0..<count {
            let u = Double.random(in: 0x1p-53..<1, using: &random)
            elements[i] = u < 0.3 ? Int64(u * 20) : Int64.random(in: 0..<1 << 40, using: &random)
            exact[elements[i], default: 0] += 1
        }
        let column = Column(.int64, count: count, values: buffer.freeze())
        let collector = StatisticsCollector(of: [Feature("f", .int64)])
        collector.add([column], firstRow: 0)
        guard case .numbers(let numbers) = try #require(collector.finish()["f"]).values else {
            Issue.record("an integer's summary is one of numbers")
            return
        }
        let frequent = numbers.frequencies.frequent
        #expect(!frequent.isExact && frequent.absentLimit <= Int64(count) / Int64(frequent.capacity))
        for value in Int64(0)..<6 {
            let counter = try #require(frequent.counter(of: UInt64(bitPattern: value)))
            let range = counter.count - counter.error...counter.count
            #expect(range.contains(exact[value] ?? 0))
        }
        #expect(Set(frequent.top(6).map { Int64(bitPattern: $0.item) }) == Set(0..<6))
        let distinct = Double(numbers.frequencies.distinct) / Double(exact.count)
        #expect(abs(distinct - 1) < 4 * numbers.frequencies.standardError)
    }

    private func check(_ summary: FeatureSummary, _ values: [Value], _ note: Comment) {
        switch summary.values {
        case .booleans(let trues): #expect(trues == Int64(values.count { $0 == .bool(true) }), note)
        case .numbers(let numbers): check(numbers, values, note)
        case .texts(let texts):
            let lengths: [Int64] = values.map {
                switch $0 {
                case .string(let text): Int64(text.unicodeScalars.count)
                case .bytes(let bytes): Int64(bytes.count)
                default: -1
                }
            }
            #expect(texts.count == Int64(values.count) && texts.totalLength == lengths.reduce(0, +), note)
            #expect(texts.empty == Int64(lengths.count { $0 == 0 }), note)
            #expect(texts.lengthEnds.range == lengths.min().map { $0...lengths.max()! }, note)
            var exact: [TextItem: Int64] = [:]
            for value in values { exact[value.textItem, default: 0] += 1 }
            check(texts.frequencies, exact, note)
        case .times(let times):
            var sketch = TimeSummary()
            var exact: [UInt64: Int64] = [:]
            for case .timestamp(let time) in values {
                sketch.ends.include(time.microseconds, time.microseconds)
                sketch.quantiles.add(time.microseconds)
                exact[UInt64(bitPattern: time.microseconds), default: 0] += 1
            }
            #expect(times.ends == sketch.ends && times.quantiles.encoded() == sketch.quantiles.encoded(), note)
            check(times.frequencies, exact, note)
        case .vectors(let vectors): check(vectors, values, note)
        }
    }

    private func check(_ numbers: NumberSummary, _ values: [Value], _ note: Comment) {
        var sketch = NumberSummary(kind: numbers.kind)
        var exact: [UInt64: Int64] = [:]
        for value in values {
            let number = value.double
            if number.isNaN {
                sketch.nans += 1
                continue
            }
            switch value {
            case .int(let whole):
                sketch.ends.include(whole, whole)
                exact[UInt64(bitPattern: whole), default: 0] += 1
                // A double would round it.
                var (sum, squares) = (ExactSum(), ExactSum())
                sum.add(whole: Int128(whole))
                let square = whole.magnitude.multipliedFullWidth(by: whole.magnitude)
                squares.add(
                    magnitude: UInt128(square.high) << 64 | UInt128(square.low), exponent: 0, isNegative: false)
                sketch.moments.merge(ExactMoments(count: 1, sum: sum, squares: squares))
                sketch.quantiles.add(number)
                continue
            case .float32(let float):
                sketch.ends.include(Int64((float + 0).order), Int64((float + 0).order))
                exact[UInt64((float + 0).bitPattern), default: 0] += 1
            default:
                sketch.ends.include((number + 0).order, (number + 0).order)
                exact[(number + 0).bitPattern, default: 0] += 1
            }
            if number == .infinity { sketch.positiveInfinities += 1 }
            if number == -.infinity { sketch.negativeInfinities += 1 }
            if number.isFinite {
                sketch.moments.add(number)
                sketch.quantiles.add(number)
            }
        }
        #expect(numbers.nans == sketch.nans && numbers.ends == sketch.ends, note)
        #expect(numbers.positiveInfinities == sketch.positiveInfinities, note)
        #expect(numbers.negativeInfinities == sketch.negativeInfinities, note)
        #expect(numbers.moments == sketch.moments, note)
        #expect(numbers.quantiles == sketch.quantiles, note)
        check(numbers.frequencies, exact, note)
    }

    private func check(_ vectors: VectorSummary, _ values: [Value], _ note: Comment) {
        let finite = values.map(\.floats).filter { $0.allSatisfy { $0.isFinite } }
        #expect(vectors.notFinite == Int64(values.count - finite.count), note)
        #expect(vectors.count == Int64(finite.count), note)
        for (i, dimension) in vectors.dimensions.enumerated() {
            var sum = ExactSum()
            for vector in finite { sum.add(Double(vector[i])) }
            #expect(dimension.sum == sum, note)
            let orders = finite.map { Int64($0[i].order) }
            #expect(dimension.ends.range == orders.min().map { $0...orders.max()! }, note)
        }
    }

    private func check<Item>(_ frequencies: ValueFrequencies<Item>, _ exact: [Item: Int64], _ note: Comment) {
        let frequent = frequencies.frequent
        #expect(frequent.total == exact.values.reduce(0, +), note)
        for (item, count) in exact {
            if let counter = frequent.counter(of: item) {
                #expect((counter.count - counter.error...counter.count).contains(count), note)
            } else {
                #expect(count <= frequent.absentLimit, note)
            }
        }
        let error = Double(frequencies.distinct) - Double(exact.count)
        #expect(abs(error) <= 5 * frequencies.standardError * Double(exact.count), note)
        var seen = HyperLogLog()
        for item in exact.keys { seen.add(hash: item.stableHash) }
        if !frequent.isExact {
            seen.becomeEstimate()
            #expect(frequencies == ValueFrequencies(frequent: frequent, estimated: seen), note)
        }
    }
}

extension SeededGenerator {
    /// Values of a type with nulls among them: of all bits, or few different ones.
    fileprivate mutating func column(_ type: FeatureType, count: Int) -> [Value] {
        let pool = (0..<number(1...40)).map { _ in value(type, nulls: false) }
        let specials: [Double] = [
            0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .leastNormalMagnitude / 8, -1e-40, 1,
        ]
        let kind = number(0...3)
        return (0..<count).map { _ in
            if chance(0.1) { return .null }
            switch (kind, type) {
            case (0, _): return pool[number(0...pool.count - 1)]
            case (1, .float32): return .float32(Float(specials[number(0...specials.count - 1)]))
            case (1, .float64): return .float64(specials[number(0...specials.count - 1)])
            case (2, .float32): return .float32(Float.random(in: -3...3, using: &self))
            case (2, .float64): return .float64(Double.random(in: -3...3, using: &self))
            case (2, .int64): return .int(Int64(number(-3...3)))
            default: return value(type, nulls: false)
            }
        }
    }
}

extension Value {
    fileprivate var double: Double {
        switch self {
        case .int(let number): Double(number)
        case .float32(let number): Double(number)
        case .float64(let number): number
        default: .nan
        }
    }

    fileprivate var floats: [Float] {
        guard case .list(let values) = self else { return [] }
        return values.map { if case .float32(let float) = $0 { float } else { .nan } }
    }

    fileprivate var textItem: TextItem {
        switch self {
        case .string(let text): Array(text.utf8).withUnsafeBytes { TextItem($0) }
        case .bytes(let bytes): bytes.withUnsafeBytes { TextItem($0) }
        default: [].withUnsafeBytes { TextItem($0) }
        }
    }
}
