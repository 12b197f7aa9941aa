import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Features that an expression computes when rows come in.
@Suite struct DerivedFeatureTests {
    private static let definitions = """
        entities:
          driver: {join_keys: {driver_id: int64}}
        sources:
          trips:
            path: "data/*.parquet"
            timestamp: at
            field_mapping: {dist: distance_km}
            columns: {distance_km: float64, fare_cents: int32}
        feature_views:
          v:
            entities: [driver]
            source: trips
            features:
              city: string
              fare: {type: float32, expression: "fare_cents / 100"}
              fare_per_km: {type: float32, expression: "fare_cents / 100 / max(distance_km, 0.1)"}
              hour: {type: int32, expression: "hour(at, 'Europe/Berlin')"}
              parity: {type: bool, expression: "driver_id % 2 == 0"}
              town: {type: string, expression: "coalesce(upper(city), 'NONE')"}
        """

    private static func rows(_ count: Int, seed: UInt64) -> Table {
        var random = SeededGenerator(seed: seed)
        func column(_ type: DataType, _ value: (inout SeededGenerator) -> Value) -> Column {
            Column(type, (0..<count).map { _ in value(&random) })
        }
        let columns: [(String, Column)] = [
            ("driver_id", column(.int64) { .int(Int64($0.number(0...20))) }),
            ("at", column(.instant) { .timestamp(Timestamp(microseconds: Int64($0.number(0...500_000)) * 1_000_000)) }),
            ("city", column(.string) { $0.chance(0.2) ? .null : .string(["bonn", "köln"][$0.number(0...1)]) }),
            ("dist", column(.float32) { $0.chance(0.1) ? .null : .float32(Float($0.number(0...300)) / 8) }),
            ("fare_cents", column(.int64) { $0.chance(0.1) ? .null : .int(Int64($0.number(0...9000))) }),
        ]
        return Table(fields: columns.map { Field($0.0, $0.1.type) }, columns: columns.map(\.1), rowCount: count)
    }

    /// What the features of row `row` are, written out.
    private static func expected(_ table: Table, _ row: Int) -> [Value] {
        let zone = TimeZone(identifier: "Europe/Berlin")!
        guard case .int(let driver) = table.columns[0].value(at: row),
            case .timestamp(let time) = table.columns[1].value(at: row)
        else { return [] }
        let city = table.columns[2].value(at: row)
        var fare = Value.null
        var perKilometre = Value.null
        if case .int(let cents) = table.columns[4].value(at: row) {
            fare = .float32(Float(Double(cents) / 100))
            if case .float32(let distance) = table.columns[3].value(at: row) {
                perKilometre = .float32(Float(Double(cents) / 100 / max(Double(distance), 0.1)))
            }
        }
        let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        var town = Value.string("NONE")
        if case .string(let name) = city { town = .string(name.uppercased()) }
        return [
            city, fare, perKilometre, .int(Int64(calendar.component(.hour, from: date))), .bool(driver % 2 == 0), town,
        ]
    }

    /// The newest row of a key by time, of equal times the last.
    private static func newest(of driver: Int64, in table: Table) -> Int? {
        (0..<table.rowCount).filter { table.columns[0].value(at: $0) == .int(driver) }.max { a, b in
            let times = table.columns[1].elements(as: Int64.self)
            return (times[a], a) < (times[b], b)
        }
    }

    private func check(_ fixture: StoreFixture, _ table: Table) throws {
        let now = Timestamp(microseconds: 1_000_000 * 1_000_000)
        fixture.clock.time = now
        let drivers = (0...20).map { Int64($0) }
        let entities = Table(
            fields: [Field("driver_id", .int64), Field("event_timestamp", .instant)],
            columns: [
                Column(.int64, drivers.map { .int($0) }), Column(.instant, drivers.map { _ in .timestamp(now) }),
            ])
        let selection = FeatureSelection.features([FeatureReference(view: "v", feature: nil)])
        let set = try fixture.store.trainingSet(
            for: selection, entities: try fixture.store.entityRows(for: selection, table: entities, origin: "test"))
        let reader = try fixture.store.onlineReader(for: selection)
        for (row, driver) in drivers.enumerated() {
            guard let newest = Self.newest(of: driver, in: table) else { continue }
            let expected = Self.expected(table, newest)
            #expect(set.table.columns[2...].map { $0.value(at: row) } == expected, "driver \(driver)")
            let online = try #require(try reader.read([.int(driver)], at: now))
            #expect(online.map(\.value) == expected, "driver \(driver), online")
        }
    }

    @Test func filesAndPushesGiveTheSameValuesOfflineAndOnline() throws {
        let fixture = try StoreFixture(Self.definitions)
        let table = Self.rows(3000, seed: 5)
        try FileManager.default.createDirectory(
            atPath: fixture.folder.path + "/data", withIntermediateDirectories: true)
        try OutputFile(table.slice(0..<2000), for: fixture.folder.path + "/data/trips.parquet").keep()
        _ = try fixture.store.ingest("v")
        _ = try fixture.store.materialize("v")
        try check(fixture, table.slice(0..<2000))
        try fixture.store.push("v", table: table.slice(2000..<3000))
        try check(fixture, table)
        _ = try fixture.store.compact("v", keeping: .seconds(0))
        try check(fixture, table)
    }

    @Test func aCSVFileGivesWhatParquetGives() throws {
        let definitions = Self.definitions.replacingOccurrences(of: "*.parquet", with: "*.csv")
        let fixture = try StoreFixture(definitions)
        let table = Self.rows(500, seed: 6)
        try FileManager.default.createDirectory(
            atPath: fixture.folder.path + "/data", withIntermediateDirectories: true)
        try OutputFile(table, for: fixture.folder.path + "/data/trips.csv").keep()
        _ = try fixture.store.ingest("v")
        _ = try fixture.store.materialize("v")
        try check(fixture, table)
    }

    @Test func aValueThatDoesNotFitADeclaredColumnNamesItsRow() throws {
        let fixture = try StoreFixture(Self.definitions)
        var table = Self.rows(3, seed: 1)
        var columns = table.columns
        columns[4] = Column(.int64, [.int(1), .int(1 << 40), .int(2)])
        table = Table(fields: table.fields, columns: columns, rowCount: 3)
        let error = #expect(throws: (any Error).self) { try fixture.store.push("v", table: table) }
        #expect("\(error!)".contains("1099511627776 does not fit int32"), "\(error!)")
        #expect("\(error!)".contains("fare_cents"), "\(error!)")
        let missing = Table(fields: Array(table.fields[..<4]), columns: Array(table.columns[..<4]), rowCount: 3)
        let second = #expect(throws: (any Error).self) { try fixture.store.push("v", table: missing) }
        #expect("\(second!)".contains("there is no column 'fare_cents'"), "\(second!)")
    }

    @Test(arguments: [
        ("fare_cents / 10O", "features.yaml:11:52: '10O' is neither a number nor a duration"),
        (
            "fare_cent / 100",
            "features.yaml:11:39: 'fare_cent' is not a feature, key or time of 'v', nor among the 'columns' of source 's' (did you mean 'fare_cents'?)"
        ),
        ("double * 2", "features.yaml:11:39: 'double' is an expression itself"),
        ("since(at)", "there is no 'now' here"), ("city", "the value is of type string and does not fit float32"),
        ("squrt(fare_cents)", "features.yaml:11:39: there is no function 'squrt' (did you mean 'sqrt'?)"),
    ])
    func aMistakeIsToldAtItsPlaceInTheFile(expression: String, message: String) throws {
        let text = """
            entities: {e: {join_keys: {id: int64}}}
            sources:
              s: {path: "d/*.csv", timestamp: at, columns: {fare_cents: int32}}
            feature_views:
              v:
                entities: [e]
                source: s
                features:
                  city: string
                  double: {type: float64, expression: fare_cents * 2}
                  x: {type: float32, expression: "\(expression)"}
            """
        let error = #expect(throws: DefinitionErrors.self) {
            try DefinitionsReader.read(texts: [(file: "features.yaml", text: text)])
        }
        let messages = error?.errors.map(\.description) ?? []
        #expect(messages.count == 1 && messages.contains { $0.contains(message) }, "\(messages)")
    }

    @Test func anotherExpressionOfAStoredFeatureIsRefused() throws {
        let fixture = try StoreFixture(Self.definitions)
        try fixture.store.push("v", table: Self.rows(10, seed: 2))
        let error = #expect(throws: (any Error).self) {
            try fixture.apply(
                Self.definitions.replacingOccurrences(of: "fare_cents / 100\"", with: "fare_cents / 1000\""))
        }
        #expect(
            "\(error!)".contains("'v:fare' is computed by 'fare_cents / 100' and cannot be computed by"), "\(error!)")
    }

    @Test func definitionsOfBeforeThereWereExpressionsAreRead() throws {
        let old = #"{"name": "s", "path": "d/*.csv", "fieldMapping": {}, "tags": {}}"#
        let source = try JSONDecoder().decode(Source.self, from: Data(old.utf8))
        #expect(source.columns.isEmpty)
        let new = Source(name: "s", path: "d/*.csv", timestamp: nil, columns: ["x": .int32])
        let kept = try JSONEncoder().encode(new)
        #expect(String(decoding: kept, as: UTF8.self).contains(#""columns":{"x":"int32"}"#))
        #expect(try JSONDecoder().decode(Source.self, from: kept) == new)
        let feature = try JSONDecoder().decode(
            Feature.self, from: Data(#"{"name": "f", "type": "int64", "tags": {}}"#.utf8))
        #expect(feature.expression == nil)
    }
}
