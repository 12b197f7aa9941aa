import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct EncodingTests {
    private let reference = FeatureReference(view: "v", feature: "x")

    private func fit(
        _ type: FeatureType, _ steps: [EncodingStep], _ values: [Value], labels: [Double] = []
    ) throws -> FittedFeature {
        let fields = [Field("x", type.dataType)] + (labels.isEmpty ? [] : [Field("y", .float64)])
        let columns =
            [Column(type.dataType, values)] + (labels.isEmpty ? [] : [Column(.float64, labels.map { .float64($0) })])
        return try FeatureFitting(
            feature: reference, type: type, steps: steps,
            rows: FittingRows(Table(fields: fields, columns: columns), origin: "rows"), column: 0
        ).fit()
    }

    /// What the steps make of `values`, fitted on `sample`.
    private func encode(
        _ type: FeatureType, _ steps: [EncodingStep], sample: [Value], _ values: [Value], labels: [Double] = []
    ) throws -> [[Float]] {
        let encoder = VectorEncoder([try fit(type, steps, sample, labels: labels)])
        let floats = encoder.encode([Column(type.dataType, values)], rows: values.count, layout: .rows).copied
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

    @Test func oneHotKeepsTheMostFrequentAndKnowsUnknownAndMissing() throws {
        let sample: [Value] = ["b", "b", "a", "a", "c"].map { .string($0) } + [.null]
        let steps: [EncodingStep] = [.oneHot(maximumCategories: 2)]
        #expect(try fit(.string, steps, sample).slots("x") == ["x=a", "x=b", "x is unknown", "x is missing"])
        let result = try encode(.string, steps, sample: sample, [.string("a"), .string("b"), .string("c"), .null])
        #expect(result == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
        let integers = try encode(.int32, steps, sample: [.int(7), .int(-2)], [.int(-2), .int(7), .int(0)])
        #expect(integers == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    }

    @Test func textsThatOnlyLookTheSameAreDifferentCategories() throws {
        let sample: [Value] = [.string("\u{e9}"), .string("e\u{301}")]
        #expect(try encode(.string, [.ordinal], sample: sample, sample) == [[1], [0]])
    }

    @Test func ordinalFrequencyAndTarget() throws {
        let sample: [Value] = [.string("b"), .string("a"), .string("b"), .null]
        let asked: [Value] = [.string("a"), .string("b"), .string("z"), .null]
        let ordinal = try encode(.string, [.ordinal], sample: sample, asked)
        #expect(ordinal[0] == [0] && ordinal[1] == [1] && ordinal[2] == [-1] && ordinal[3][0].isNaN)
        #expect(try encode(.string, [.frequency], sample: sample, asked) == [[0.25], [0.5], [0], [0.25]])
        let target = try encode(
            .string, [.target(label: "y", smoothing: 2, folds: 2)], sample: sample, asked, labels: [1, 0, 1, 0])
        // mean 0.5; a: (0 + 2 * 0.5) / 3, b: (2 + 1) / 4, unknown: the mean, missing: (0 + 1) / 3
        #expect(target == [[Float(1.0 / 3)], [0.75], [0.5], [Float(1.0 / 3)]])
    }

    @Test func targetOfTheFittedRowsIsLearnedWithoutThem() throws {
        // A category a row: what a row sees of its own label must be nothing.
        let rows = 200
        let values: [Value] = (0..<rows).map { .string("c\($0)") }
        let labels = (0..<rows).map { Double($0 % 2) }
        let feature = try fit(.string, [.target(label: "y", smoothing: 0, folds: 5)], values, labels: labels)
        let state = EncoderState(
            service: "s", version: 1, made: .now, rows: FittedRows(origin: "f", count: rows), features: [feature])
        let column = Column(.string, values)
        let label = Column(.float64, labels.map { .float64($0) })
        let asNew = try state.encode([column], rows: rows, candidates: []) { _ in label }
        #expect(asNew.copied == labels.map { Float($0) })
        let honest = try state.encode([column], rows: rows, candidates: [nil]) { _ in label }.copied
        for value in honest { #expect(value > 0.3 && value < 0.7) }
        #expect(throws: EncodingError.self) { try state.encode([column], rows: rows, candidates: [nil]) { _ in nil } }
        // Other rows, or other labels, are no reason to leave anything out.
        let others = try state.encode([column], rows: rows, candidates: [nil]) { _ in
            Column(.float64, labels.map { .float64(1 - $0) })
        }
        #expect(others.copied == labels.map { Float($0) })
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

    @Test func timesAtTheEndsOfTheRangeAreSomewhereInTheirCycles() throws {
        let steps: [EncodingStep] = [.cyclic(EncodingStep.TimeCycle.allCases)]
        let ends: [Value] = [Int64.min, .max].map { .timestamp(Timestamp(microseconds: $0)) }
        for row in try encode(.timestamp, steps, sample: [], ends) {
            for place in stride(from: 0, to: 10, by: 2) {
                #expect(abs(row[place] * row[place] + row[place + 1] * row[place + 1] - 1) < 1e-5)
            }
        }
    }

    @Test func vectorsAreNormalized() throws {
        let values: [Value] = [.list([.float32(3), .float32(4)]), .list([.float32(0), .float32(0)]), .null]
        let result = try encode(.vector(count: 2), [.normalize], sample: values, values)
        #expect(result[0] == [0.6, 0.8] && result[1] == [0, 0] && result[2].allSatisfy(\.isNaN))
    }

    @Test func aStateReadsBackAndItsFingerprintTellsItApart() throws {
        let feature = try fit(.string, [.oneHot(maximumCategories: 3)], [.string("é"), .string("\u{0}")])
        let rows = FittedRows(origin: "f", count: 2)
        let state = EncoderState(service: "s", version: 3, made: .now, rows: rows, features: [feature])
        let read = try JSONDecoder().decode(EncoderState.self, from: JSONEncoder().encode(state))
        #expect(read == state && read.fingerprint == state.fingerprint)
        var other = feature
        other.fitted = [.oneHot([.text("é")])]
        let changed = EncoderState(service: "s", version: 3, made: .now, rows: rows, features: [other])
        #expect(changed.fingerprint != state.fingerprint)
    }

    @Test func featuresOfOneNameKeepTheirSlotsApart() throws {
        var other = try fit(.float32, [.pass], [])
        other.feature.view = "w"
        let state = EncoderState(
            service: "s", version: 1, made: .now, rows: FittedRows(origin: "f", count: 0),
            features: [try fit(.float32, [.impute(.number(0), hasIndicator: true)], []), other])
        #expect(state.slots == ["v__x", "v__x was missing", "w__x"])
    }

    @Test func nothingToLearnIsTold() {
        #expect(throws: EncodingError.self) { try fit(.float32, [.standardize], [.null, .float32(.nan)]) }
        #expect(throws: EncodingError.self) { try fit(.string, [.impute(.mostFrequent, hasIndicator: false)], [.null]) }
        #expect(throws: EncodingError.self) { try fit(.float64, [.minMax], [.float64(-1e308), .float64(1e308)]) }
    }

    @Test func moreCategoriesThanAreCountedLeaveTheFrequentOnes() throws {
        var tally = CategoryTally(.int64, wanted: 2, limit: 20_000)
        for number in 0..<Int64(50_000) {
            tally.add(CategoryKey(number))
            if number % 3 == 0 { tally.add(CategoryKey(-1)) }
            if number % 4 == 0 { tally.add(CategoryKey(-2)) }
        }
        #expect(!tally.isComplete && tally.all() == nil)
        #expect(tally.top(2) == [.integer(-2), .integer(-1)])
    }
}
