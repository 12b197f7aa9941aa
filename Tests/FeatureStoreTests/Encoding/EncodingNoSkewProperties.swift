import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Offline and online encode by one kernel: the same bits, whatever the definitions and the rows.
@Suite struct EncodingNoSkewProperties {
    @Test func vectorsReadOnlineAreThoseOfTheTrainingSetBitForBit() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<20 {
            let features = (0..<Int.random(in: 1...6, using: &generator)).map { number in
                Feature("f\(number)", FeatureType.allKinds.randomElement(using: &generator) ?? .bool)
            }
            let rows = 40
            let columns = features.map { feature in
                Column(feature.type.dataType, (0..<rows).map { _ in generator.value(feature.type) })
            }
            let fitting = EncoderFitting { _ throws(EncodingError) in (0..<rows).map { Double($0 % 2) } }
            let fitted = try zip(features, columns).map { feature, column in
                try fitting.fit(
                    FeatureReference(view: "v", feature: feature.name), type: feature.type,
                    steps: generator.steps(for: feature.type), column: column)
            }
            let encoder = VectorEncoder(fitted)
            let offline = encoder.encode(columns, rows: rows, layout: .rows)
            let bySlots = encoder.encode(columns, rows: rows, layout: .slots)
            let online = try Self.online(features, columns, rows, fitted)
            let (byRow, bySlot) = (offline.elements(as: UInt32.self), bySlots.elements(as: UInt32.self))
            for row in 0..<rows {
                for slot in 0..<encoder.width {
                    let place = row * encoder.width + slot
                    #expect(
                        byRow[place] == online[place].bitPattern && byRow[place] == bySlot[slot * rows + row],
                        "seed \(seed), round \(round), row \(row), slot \(slot)")
                }
            }
        }
    }

    /// The vectors of rows that were written to an online store and read back.
    private static func online(
        _ features: [Feature], _ columns: [Column], _ rows: Int, _ fitted: [FittedFeature]
    ) throws -> [Float] {
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
            service: "s", version: 1, made: .now, rows: rows, fittedOn: "f", checksum: nil, features: fitted)
        let service = try ResolvedService(references: state.references, in: definitions, fullNames: true)
        let reader = EncodedReader(
            state, reader: try ServiceReader(service, definitions: definitions, store: store))
        var vectors = [Float](repeating: 5, count: rows * reader.width)
        try vectors.withUnsafeMutableBufferPointer {
            try reader.readVectors([keys], at: Timestamp(microseconds: 2), into: $0)
        }
        return vectors
    }
}

extension SeededGenerator {
    /// Steps that can be taken from a type, fitted or not.
    fileprivate mutating func steps(for type: FeatureType) -> [EncodingStep] {
        let choices: [[EncodingStep]] =
            switch EncodingDomain(type) {
            case .number:
                [
                    [.pass], [.standardize], [.minMax], [.robust],
                    [.impute(.median, hasIndicator: true), .standardize],
                    [.clip(least: -5, greatest: 5), .log1p],
                    [.bucketize(edges: [-1, 0, 1]), .oneHot(maximumCategories: 9)],
                    [.quantileBucketize(count: 4)], [.impute(.number(3), hasIndicator: false), .log1p, .minMax],
                ]
            case .integer:
                [
                    [.pass], [.standardize], [.oneHot(maximumCategories: 5)], [.ordinal], [.frequency],
                    [.hashed(buckets: 7)],
                    [.impute(.mostFrequent, hasIndicator: true), .oneHot(maximumCategories: 3)],
                    [.target(label: "y", smoothing: 1, folds: 2), .standardize],
                ]
            case .text:
                [
                    [.oneHot(maximumCategories: 3)], [.ordinal, .minMax], [.frequency], [.hashed(buckets: 16)],
                    [.impute(.mostFrequent, hasIndicator: true), .oneHot(maximumCategories: 3)],
                    [.target(label: "y", smoothing: 1, folds: 2)],
                ]
            case .time: [[.cyclic([.hour, .weekday])], [.cyclic(EncodingStep.TimeCycle.allCases)]]
            case .vector, .slots: [[.pass], [.normalize]]
            }
        return choices.randomElement(using: &self) ?? [.pass]
    }
}
