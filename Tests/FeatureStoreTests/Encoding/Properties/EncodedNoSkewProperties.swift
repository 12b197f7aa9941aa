import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Offline and online encode by one kernel: the same bits, whatever the definitions and the rows.
@Suite struct EncodedNoSkewProperties {
    @Test func vectorsReadOnlineAreThoseOfTheTrainingSetBitForBit() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<12 {
            let features = (0..<generator.number(1...6)).map { number in
                Feature("f\(number)", FeatureType.allKinds.randomElement(using: &generator) ?? .bool)
            }
            let rows = 60
            let columns = features.map { feature in
                Column(
                    feature.type.dataType,
                    (0..<rows).map { _ in
                        generator.chance(0.3) ? generator.value(feature.type) : generator.modelValue(feature.type)
                    })
            }
            let labels = Column(.float64, (0..<rows).map { .float64(Double($0 % 2)) })
            let fitted = try zip(features, columns).map { feature, column in
                try fit(feature, column, labels, &generator)
            }
            let encoder = VectorEncoder(fitted)
            let offline = encoder.encode(columns, rows: rows, layout: .rows).copied
            let online = try online(features, columns, rows, fitted)
            for row in 0..<rows {
                for slot in 0..<encoder.width {
                    let place = row * encoder.width + slot
                    let isSame = offline[place].bitPattern == online.vectors[place].bitPattern
                    #expect(isSame, "seed \(seed), round \(round), row \(row), slot \(slot): \(fitted.map(\.steps))")
                }
                var dense = [Float](repeating: 0, count: encoder.width)
                for (slot, value) in zip(online.sparse[row].indices, online.sparse[row].values) {
                    dense[Int(slot)] = value
                }
                let own = offline[row * encoder.width..<(row + 1) * encoder.width]
                // A zero's sign is not in a sparse vector.
                let isSame = zip(dense, own).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
                #expect(isSame, "seed \(seed), round \(round), row \(row)")
            }
            // A key that has no row is encoded as one whose values are all null.
            let nulls = features.map { Column.nulls($0.type.dataType, count: 1) }
            #expect(
                encoder.encode(nulls, rows: 1, layout: .rows).copied.map(\.bitPattern)
                    == online.vectors.suffix(encoder.width).map(\.bitPattern), "seed \(seed), round \(round)")
        }
    }

    private func fit(
        _ feature: Feature, _ column: Column, _ labels: Column, _ generator: inout SeededGenerator
    ) throws -> FittedFeature {
        let table = Table(
            fields: [Field("x", feature.type.dataType), Field("y", .float64)], columns: [column, labels])
        for steps in [generator.steps(for: feature.type), feature.type.defaultEncoding] {
            do {
                return try FeatureFitting(
                    feature: FeatureReference(view: "v", feature: feature.name), type: feature.type, steps: steps,
                    rows: FittingRows(table, origin: "rows"), column: 0
                ).fit()
            } catch is EncodingError {
                continue
            }
        }
        return FittedFeature(
            feature: FeatureReference(view: "v", feature: feature.name), type: feature.type, steps: [.pass],
            fitted: [.pass])
    }

    /// The vectors of rows that were written to an online store and read back, and behind them that of an unknown key.
    private func online(
        _ features: [Feature], _ columns: [Column], _ rows: Int, _ fitted: [FittedFeature]
    ) throws -> (vectors: [Float], sparse: [(indices: [Int32], values: [Float])]) {
        let folder = try TemporaryFolder()
        let view = FeatureView(name: "v", entities: ["e"], source: "s", features: features)
        let definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: [JoinKey("k", .int64)])],
            sources: [Source(name: "s", path: "p", timestamp: "t")], featureViews: [view], featureServices: [])
        let store = try OnlineStore(path: folder.path + "/online")
        let keys = Column(.int64, (0..<rows).map { .int(Int64($0)) })
        let events = Column(.instant, (0..<rows).map { _ in .timestamp(Timestamp(microseconds: 1)) })
        try store.write(
            OnlineBatch(
                keys: KeyEncoder([.int64]).encode([keys]), events: events, created: nil, features: columns),
            to: OnlineView(view, in: definitions), now: Timestamp(microseconds: 1))
        let state = EncoderState(
            service: "s", version: 1, made: .now, rows: FittedRows(origin: "f", count: rows), features: fitted)
        let service = try ResolvedService(references: state.references, in: definitions, fullNames: true)
        let reader = EncodedReader(
            state, reader: try ServiceReader(service, definitions: definitions, store: store))
        let asked = Column(.int64, (0...rows).map { .int(Int64($0)) })
        var vectors = [Float](repeating: 5, count: (rows + 1) * reader.width)
        try vectors.withUnsafeMutableBufferPointer {
            try reader.readVectors([asked], at: Timestamp(microseconds: 2), into: $0)
        }
        var again = [Float](repeating: 7, count: (rows + 1) * reader.width)
        try (0...Int64(rows)).map { $0 }.withUnsafeBufferPointer { numbers in
            let plain = PlainKeys(
                count: rows + 1, numbers: numbers, texts: UnsafeRawBufferPointer(start: nil, count: 0))
            try again.withUnsafeMutableBufferPointer {
                try reader.readVectors(plain, at: Timestamp(microseconds: 2), into: $0)
            }
        }
        #expect(again.map(\.bitPattern) == vectors.map(\.bitPattern))
        return (vectors, try reader.readSparse([asked], at: Timestamp(microseconds: 2)))
    }
}
