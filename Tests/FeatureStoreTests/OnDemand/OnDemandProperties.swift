import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// No skew for what is computed on demand: random expressions over the request, stored features and each other give online
/// what a training set has, bit for bit.
@Suite struct OnDemandProperties {
    private static let names: [(name: String, type: FeatureType)] = [
        ("i", .int64), ("k", .int32), ("x", .float64), ("f", .float32), ("b", .bool), ("s", .string), ("t", .timestamp),
    ]
    private static let kinds: [(kind: ExpressionType, types: [FeatureType])] = [
        (.integer, [.int64, .int32, .float64, .float32]), (.float, [.float64, .float32]), (.bool, [.bool]),
        (.string, [.string]), (.timestamp, [.timestamp]),
    ]

    @Test(arguments: 0..<60)
    func onlineComputesWhatATrainingSetHas(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let features = Self.features(&random)
        let fixture = try StoreFixture(Self.definitions(features))
        try fixture.store.push("v", table: Self.stored(&random), batchID: nil)
        let store = fixture.store
        let rows = [1, 3, 63, 64, 65, 130][random.number(0...5)]
        let now = fixture.clock.time
        var given: [String: Column] = ["id": Column(.int64, (0..<rows).map { _ in .int(Int64(random.number(0...9))) })]
        for (name, type) in Self.names {
            given[name] = Column(
                type.dataType, (0..<rows).map { _ in ExpressionWriter.value(type, nulls: true, &random) })
        }
        let names = ["id"] + Self.names.map(\.name)
        var table = Table(
            fields: names.map { Field($0, given[$0]!.type) }, columns: names.map { given[$0]! }, rowCount: rows)
        table = Table(
            fields: table.fields + [Field("event_timestamp", .instant)],
            columns: table.columns + [Column(.instant, (0..<rows).map { _ in .timestamp(now) })], rowCount: rows)
        let entities = try store.entityRows(for: .service("all"), table: table, origin: "rows")
        let set = try store.trainingSet(for: .service("all"), entities: entities, fullNames: true).table
        let reader = try store.onlineReader(for: .service("all"), fullNames: true)
        let online = try reader.read(reader.inputs.map { given[$0.name]! }, at: now)
        let comment = Comment("seed \(seed), \(rows) rows:\n\(Self.definitions(features))")
        for (place, feature) in reader.service.features.enumerated() {
            let offline = try #require(set.column(feature.outputName)).allValues.map(\.exactText)
            #expect(online.map { $0[place].value.exactText } == offline, comment)
            guard case .onDemand = feature.view else { continue }
            #expect(
                online.allSatisfy { $0[place].status == ($0[place].value == .null ? .nullValue : .present) }, comment)
        }
        try checkVectors(store, given, set, at: now, comment)
        // A single row goes through the same loops.
        let last = rows - 1
        let alone = try reader.read(reader.inputs.map { given[$0.name]!.value(at: last) }, at: now)
        #expect(alone?.map(\.value.exactText) == online[last].map(\.value.exactText), comment)
    }

    /// The numbers of a training set are those of vectors.
    private func checkVectors(
        _ store: FeatureStore, _ given: [String: Column], _ set: Table, at now: Timestamp, _ comment: Comment
    ) throws {
        let service = try ResolvedService(
            service: try #require(try store.definitions().featureService(named: "all")), in: try store.definitions(),
            fullNames: true)
        let numbers = service.features.filter { $0.feature.type.floatCount != nil }
        let reader = try store.onlineReader(for: .features(numbers.map(\.reference)), fullNames: true)
        let rows = set.rowCount
        let width = try reader.vectorWidth()
        var vectors = [Float](repeating: -1, count: rows * width)
        try vectors.withUnsafeMutableBufferPointer {
            try reader.readVectors(reader.inputs.map { given[$0.name]! }, at: now, into: $0)
        }
        for (place, feature) in numbers.enumerated() {
            let expected = try #require(set.column(feature.outputName)).allValues.map(Self.float)
            for row in 0..<rows {
                let found = vectors[row * width + place]
                #expect(
                    found.bitPattern == expected[row].bitPattern || found.isNaN && expected[row].isNaN,
                    "\(feature.outputName), row \(row): \(found), not \(expected[row]); \(comment)")
            }
        }
    }

    private static func float(_ value: Value) -> Float {
        switch value {
        case .bool(let flag): flag ? 1 : 0
        case .int(let number): Float(number)
        case .float32(let number): number
        case .float64(let number): Float(number)
        default: .nan
        }
    }

    // MARK: - Random definitions and rows

    /// Five features; each may read the request, what is stored, the time, and those before it.
    private static func features(_ random: inout SeededGenerator) -> [(type: FeatureType, text: String)] {
        var features: [(type: FeatureType, text: String)] = []
        for _ in 0..<5 {
            let (kind, types) = kinds[random.number(0...kinds.count - 1)]
            let text = ExpressionWriter.text(kind, depth: 3, &random)
            let type = types[random.number(0...types.count - 1)]
            var written = ""
            var rest = text[...]
            while let match = rest.firstMatch(of: #/\b[ikxfbst]\b/#) {
                written += rest[..<match.range.lowerBound]
                written += name(String(match.output), features, &random)
                rest = rest[match.range.upperBound...]
            }
            features.append((type, written + rest))
        }
        return features
    }

    /// Something of the type of the name.
    private static func name(
        _ name: String, _ features: [(type: FeatureType, text: String)], _ random: inout SeededGenerator
    ) -> String {
        let type = names.first { $0.name == name }?.type
        let before = features.indices.filter { features[$0].type == type }
        switch random.number(0...3) {
        case 0: return name
        case 1 where !before.isEmpty: return "e\(before[random.number(0...before.count - 1)])"
        case 2 where type == .timestamp: return "now"
        default: return "v:\(name)"
        }
    }

    private static func definitions(_ features: [(type: FeatureType, text: String)]) -> String {
        let typed = names.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
        let computed = features.enumerated().map {
            "      e\($0):\n        type: \($1.type)\n        expression: |-\n          \($1.text)"
        }
        return StoreFixture.definitions(features: typed.replacing("t: timestamp", with: "time: timestamp")) + """

            on_demand_feature_views:
              o:
                request: {\(typed)}
                features:
                  s: string
                  k: int32
            \(computed.joined(separator: "\n").replacing("v:t", with: "v:time"))
            feature_services:
              all: {features: ["o:*", "v:x"]}
            """
    }

    private static func stored(_ random: inout SeededGenerator) -> Table {
        var fields = [Field("id", .int64), Field("t", .instant)]
        var columns = [
            Column(.int64, (0..<6).map { .int($0) }), Column(.instant, (0..<6).map { .timestamp(seconds(100 + $0)) }),
        ]
        for (name, type) in names {
            fields.append(Field(name == "t" ? "time" : name, type.dataType))
            columns.append(
                Column(type.dataType, (0..<6).map { _ in ExpressionWriter.value(type, nulls: true, &random) }))
        }
        return Table(fields: fields, columns: columns, rowCount: 6)
    }
}
