import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct EncodingTests {
    private let reference = FeatureReference(view: "v", feature: "x")

    private func fit(
        _ type: FeatureType, _ steps: [EncodingStep], _ values: [Value], labels: [Double] = []
    ) throws -> FittedFeature {
        try EncoderFitting { _ throws(EncodingError) in labels }.fit(
            reference, type: type, steps: steps, column: Column(type.dataType, values))
    }

    /// What the steps make of `values`, fitted on `sample`.
    private func encode(
        _ type: FeatureType, _ steps: [EncodingStep], sample: [Value], _ values: [Value], labels: [Double] = []
    ) throws -> [[Float]] {
        let encoder = VectorEncoder([try fit(type, steps, sample, labels: labels)])
        let buffer = encoder.encode([Column(type.dataType, values)], rows: values.count, layout: .rows)
        let floats = buffer.elements(as: Float.self)
        return (0..<values.count).map { row in (0..<encoder.width).map { floats[row * encoder.width + $0] } }
    }

    private func floats(_ numbers: [Float?]) -> [Value] { numbers.map { $0.map { .float32($0) } ?? .null } }

    @Test func standardizeIsScikitLearnsStandardScaler() throws {
        let result = try encode(.float32, [.standardize], sample: floats([1, 2, 3, nil, 6]), floats([3, nil, 7]))
        // mean 3, population deviation sqrt(3.5)
        #expect(result[0] == [0] && result[1][0].isNaN && result[2] == [Float(4 / 3.5.squareRoot())])
        #expect(try encode(.float32, [.standardize], sample: floats([2, 2]), floats([2, 5])) == [[0], [3]])
    }

    @Test func aChainIsAppliedInItsOrder() throws {
        let steps: [EncodingStep] = [.impute(.mean, hasIndicator: true), .minMax]
        let result = try encode(.int64, steps, sample: [.int(0), .int(10), .null], [.int(5), .null, .int(20)])
        #expect(result == [[0.5, 0], [0.5, 1], [2, 0]])
        let clipped = try encode(
            .float64, [.clip(least: 0, greatest: 9), .log1p, .standardize], sample: [.float64(0), .float64(100)],
            [.float64(-5), .float64(9)])
        #expect(clipped == [[-1], [1]])
    }

    @Test func quantilesAreNumpysDefault() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let numbers = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                Double(Int.random(in: -20...20, using: &generator))
            }
            let share = Double.random(in: 0...1, using: &generator)
            let sorted = numbers.sorted()
            let position = share * Double(sorted.count - 1)
            let low = Int(position.rounded(.down))
            let high = min(low + 1, sorted.count - 1)
            let expected = sorted[low] + (sorted[high] - sorted[low]) * (position - Double(low))
            var moved = numbers
            #expect(EncoderFitting.quantile(share, of: &moved) == expected, "seed \(seed)")
            #expect(moved.sorted() == sorted, "seed \(seed)")
        }
    }

    @Test func bucketsBeginAtTheirEdges() throws {
        let result = try encode(
            .float64, [.bucketize(edges: [0, 10])], sample: [],
            [.float64(-1), .float64(0), .float64(9.9), .float64(10), .null])
        #expect(result[0] == [0] && result[1] == [1] && result[2] == [1] && result[3] == [2] && result[4][0].isNaN)
        let quantiles = try fit(.float64, [.quantileBucketize(count: 4)], (0..<101).map { .float64(Double($0)) })
        #expect(quantiles.fitted == [.bucketize(edges: [25, 50, 75])])
        let oneHot = try encode(
            .float64, [.bucketize(edges: [0]), .oneHot(maximumCategories: 9)], sample: [.float64(-1), .float64(1)],
            [.float64(5), .null])
        #expect(oneHot == [[0, 1, 0, 0], [0, 0, 0, 1]])
    }

    @Test func oneHotKeepsTheMostFrequentAndKnowsUnknownAndNull() throws {
        let sample: [Value] = ["b", "b", "a", "a", "c"].map { .string($0) } + [.null]
        let steps: [EncodingStep] = [.oneHot(maximumCategories: 2)]
        #expect(try fit(.string, steps, sample).slots == ["x=a", "x=b", "x=?", "x=null"])
        let result = try encode(.string, steps, sample: sample, [.string("a"), .string("b"), .string("c"), .null])
        #expect(result == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
        let integers = try encode(.int32, steps, sample: [.int(7), .int(-2)], [.int(-2), .int(7), .int(0)])
        #expect(integers == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    }

    @Test func ordinalFrequencyAndTarget() throws {
        let sample: [Value] = [.string("b"), .string("a"), .string("b"), .null]
        let asked: [Value] = [.string("a"), .string("b"), .string("z"), .null]
        let ordinal = try encode(.string, [.ordinal], sample: sample, asked)
        #expect(ordinal[0] == [0] && ordinal[1] == [1] && ordinal[2] == [-1] && ordinal[3][0].isNaN)
        #expect(try encode(.string, [.frequency], sample: sample, asked) == [[0.25], [0.5], [0], [0.25]])
        let target = try encode(
            .string, [.target(label: "y", smoothing: 2, folds: 2)], sample: sample, asked, labels: [1, 0, 1, 0])
        // mean 0.5; a: (0 + 2 * 0.5) / 3, b: (2 + 1) / 4, unknown: the mean, null: (0 + 1) / 3
        #expect(target == [[Float(1.0 / 3)], [0.75], [0.5], [Float(1.0 / 3)]])
    }

    @Test func targetOfTheFittedRowsIsLearnedWithoutThem() throws {
        // A category a row: what a row sees of its own label must be nothing.
        let rows = 200
        let values: [Value] = (0..<rows).map { .string("c\($0)") }
        let labels = (0..<rows).map { Double($0 % 2) }
        let feature = try fit(.string, [.target(label: "y", smoothing: 0, folds: 5)], values, labels: labels)
        let state = EncoderState(
            service: "s", version: 1, made: .now, rows: rows, fittedOn: "f", checksum: nil, features: [feature])
        let column = Column(.string, values)
        let leaking = try state.encode([column], rows: rows) { _ throws(EncodingError) in nil }
        #expect(leaking.elements(as: Float.self).elementsEqual(labels.map { Float($0) }))
        let honest = try state.encode([column], rows: rows) { _ throws(EncodingError) in labels }
        for value in honest.elements(as: Float.self) { #expect(value > 0.3 && value < 0.7) }
    }

    @Test func timesGoRound() throws {
        let result = try encode(
            .timestamp, [.cyclic([.hour, .weekday])], sample: [],
            [.timestamp(Timestamp(parsing: "1970-01-05T06:00:00Z")!), .timestamp(Timestamp(microseconds: -1))])
        // Six o'clock on a Monday.
        #expect(result[0][0] == 1 && abs(result[0][1]) < 1e-6)
        #expect(abs(result[0][2] - Float(sin(2 * Double.pi * 0.25 / 7))) < 1e-6)
        #expect(result[1].allSatisfy { $0.isFinite })
    }

    @Test func vectorsAreNormalized() throws {
        let values: [Value] = [.list([.float32(3), .float32(4)]), .list([.float32(0), .float32(0)]), .null]
        let result = try encode(.vector(count: 2), [.normalize], sample: values, values)
        #expect(result[0] == [0.6, 0.8] && result[1] == [0, 0] && result[2].allSatisfy(\.isNaN))
    }

    @Test func sparseIsDenseWithoutItsZeros() throws {
        let steps: [EncodingStep] = [.hashed(buckets: 1000)]
        let encoder = VectorEncoder([try fit(.string, steps, [])])
        let column = Column(.string, [.string("a"), .null, .string("b")])
        let buffer = encoder.encode([column], rows: 3, layout: .rows)
        let dense = Array(buffer.elements(as: Float.self))
        for row in 0..<3 {
            let sparse = encoder.encodeSparse([column], row: row)
            let expected = (0..<1000).filter { dense[row * 1000 + $0] != 0 }
            #expect(sparse.indices.map { Int($0) } == expected && sparse.values.count == (row == 1 ? 0 : 1))
        }
    }

    @Test func aStateReadsBackAndItsFingerprintTellsItApart() throws {
        let feature = try fit(.string, [.oneHot(maximumCategories: 3)], [.string("é"), .string("")])
        let state = EncoderState(
            service: "s", version: 3, made: .now, rows: 2, fittedOn: "f", checksum: nil, features: [feature])
        let read = try JSONDecoder().decode(EncoderState.self, from: JSONEncoder().encode(state))
        #expect(read == state && read.fingerprint == state.fingerprint)
        var other = feature
        other.fitted = [.oneHot([.text("é")])]
        let changed = EncoderState(
            service: "s", version: 3, made: .now, rows: 2, fittedOn: "f", checksum: nil, features: [other])
        #expect(changed.fingerprint != state.fingerprint)
    }

    @Test func nothingToLearnIsTold() {
        #expect(throws: EncodingError.self) { try fit(.float32, [.standardize], [.null, .float32(.nan)]) }
        #expect(throws: EncodingError.self) { try fit(.string, [.impute(.mostFrequent, hasIndicator: false)], [.null]) }
    }
}
