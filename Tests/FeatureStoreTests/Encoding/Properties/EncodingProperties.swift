import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Random features, steps and rows, fitted and encoded as plainly as can be: the same numbers.
@Suite struct EncodingProperties {
    private let seed = UInt64.random(in: .min ... .max)

    @Test func columnsSingleRowsAndSparseRowsAreEncodedAsTheOracleDoes() throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<40 {
            let features = (0..<generator.number(1...5)).map { _ in
                FeatureType.allKinds.randomElement(using: &generator) ?? .bool
            }
            let rows = generator.chance(0.1) ? 2100 : generator.number(1...40)
            let sample = features.map { type in (0..<80).map { _ in generator.modelValue(type) } }
            let asked = features.map { type in
                // The oracle's calendar does not reach as far as times do.
                (0..<rows).map { _ in
                    type != .timestamp && generator.chance(0.2) ? generator.value(type) : generator.modelValue(type)
                }
            }
            let labels = (0..<80).map { _ in Double(generator.number(0...1)) }
            let fitted = try zip(features, sample).enumerated().compactMap { number, feature in
                try fit("f\(number)", feature.0, generator.steps(for: feature.0), feature.1, labels)
            }
            let columns = fitted.map { feature in
                let number = Int(feature.feature.feature?.dropFirst() ?? "") ?? 0
                return Column(feature.type.dataType, asked[number])
            }
            let encoder = VectorEncoder(fitted)
            let byRow = Array(encoder.encode(columns, rows: rows, layout: .rows).copied)
            let bySlot = Array(encoder.encode(columns, rows: rows, layout: .slots).copied)
            let cells = zip(columns, fitted).map { ColumnCells($0, $1.type) }
            for row in 0..<rows {
                let expected = zip(fitted, columns).flatMap { EncodingOracle(feature: $0).slots($1.value(at: row)) }
                try #require(expected.count == encoder.width, "seed \(seed), round \(round)")
                var sparse = SparseSink()
                encoder.encodeSparse(cells, row: row, into: &sparse)
                #expect(sparse.indices == sparse.indices.sorted())
                var dense = [Float](repeating: 0, count: encoder.width)
                for (slot, value) in zip(sparse.indices, sparse.values) { dense[Int(slot)] = value }
                for slot in 0..<encoder.width {
                    let found = byRow[row * encoder.width + slot]
                    let context = "seed \(seed), round \(round), row \(row), slot \(slot): \(fitted.map(\.steps))"
                    #expect(found.bitPattern == bySlot[slot * rows + row].bitPattern, "\(context)")
                    #expect(found == dense[slot] || (found.isNaN && dense[slot].isNaN), "\(context)")
                    #expect(isNear(found, expected[slot]), "\(context): \(found), not \(expected[slot])")
                }
            }
            withExtendedLifetime(columns) {}
        }
    }

    /// Sines are compared by value, all else is the same arithmetic.
    private func isNear(_ a: Float, _ b: Float) -> Bool { a == b || (a.isNaN && b.isNaN) || abs(a - b) < 2e-6 }

    private func fit(
        _ name: String, _ type: FeatureType, _ steps: [EncodingStep], _ values: [Value], _ labels: [Double]
    ) throws -> FittedFeature? {
        let table = Table(
            fields: [Field("x", type.dataType), Field("y", .float64)],
            columns: [Column(type.dataType, values), Column(.float64, labels.map { .float64($0) })])
        do {
            return try FeatureFitting(
                feature: FeatureReference(view: "v", feature: name), type: type, steps: steps,
                rows: FittingRows(table, origin: "rows"), column: 0
            ).fit()
        } catch is EncodingError {
            // Nothing but infinities and nulls.
            return nil
        }
    }

    @Test func quantilesAreThoseOfTheSortedNumbers() throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<40 {
            let spreads: [Double] = [0, 1e-300, 1, 1e6, 1e300]
            let spread = spreads[generator.number(0...4)]
            var numbers: [Double] = []
            for _ in 0..<generator.number(1...3000) {
                let usual: [Double] = [0, 7.25, -1e-9]
                let other = Double.random(in: -1...1, using: &generator) * spread
                numbers.append(generator.chance(0.5) ? usual[generator.number(0...2)] : other)
            }
            var sketch = DDSketch()
            for number in numbers { sketch.add(number) }
            let shares =
                (0..<generator.number(1...20)).map { _ in Double.random(in: 0...1, using: &generator) } + [0, 1]
            // So little room that buckets have to be parted.
            let room = generator.number(1...400)
            let search = QuantileSearch(
                pass: { (body: (UnsafeBufferPointer<Double>) -> Void) in
                    (numbers + [.nan, .infinity]).withUnsafeBufferPointer { body($0) }
                }, room: room)
            let found = try search.quantiles(shares, of: sketch)
            let sorted = numbers.sorted()
            for (share, value) in zip(shares, found) {
                let position = share * Double(sorted.count - 1)
                let (low, high) = (sorted[Int(position)], sorted[min(Int(position) + 1, sorted.count - 1)])
                let part = position - Double(Int(position))
                let expected = part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part)
                #expect(value == expected, "seed \(seed), round \(round), share \(share)")
            }
        }
    }

    @Test func statisticsAreThoseOfAllRowsAtOnceHoweverTheyComeInBlocks() throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<30 {
            var numbers: [Double] = []
            for _ in 0..<generator.number(2...2000) {
                numbers.append(generator.chance(0.1) ? .nan : .random(in: 950...1050, using: &generator))
            }
            let table = Table(
                fields: [Field("x", .float64)], columns: [Column(.float64, numbers.map { .float64($0) })])
            let selected = (0..<Int32(numbers.count)).filter { _ in generator.chance(0.7) }
            for rows in [nil, selected] {
                let taken: [Double] = rows?.map { numbers[Int($0)] } ?? numbers
                let own = taken.filter { !$0.isNaN }
                guard !own.isEmpty else { continue }
                let filled = [EncodingStep.impute(.mean, hasIndicator: false), .standardize]
                let fitting = FeatureFitting(
                    feature: FeatureReference(view: "v", feature: "x"), type: .float64, steps: filled,
                    rows: FittingRows(table, origin: "rows", selected: rows), column: 0)
                guard case .imputeNumber(let mean, _)? = try fitting.fit().fitted.first,
                    case .affine(let shift, let scale)? = try fitting.fit().fitted.last
                else { return #expect(Bool(false)) }
                let expected = own.reduce(0, +) / Double(own.count)
                let missing = taken.count - own.count
                let variance =
                    own.reduce(0) { $0 + ($1 - expected) * ($1 - expected) } / Double(own.count + missing)
                #expect(abs(mean - expected) < 1e-9, "seed \(seed), round \(round)")
                #expect(abs(shift - expected) < 1e-9, "seed \(seed), round \(round)")
                #expect(abs(scale - (variance > 0 ? variance.squareRoot() : 1)) < 1e-9, "seed \(seed), round \(round)")
            }
        }
    }
}

extension Buffer {
    /// The floats, as an array of their own.
    var copied: [Float] { withExtendedLifetime(self) { Array(elements(as: Float.self)) } }
}
