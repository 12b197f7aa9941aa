import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// On-demand features in training sets.
@Suite struct OnDemandTrainingSetTests {
    private static let definitions =
        StoreFixture.definitions(features: "x: int64, s: string") + """

            on_demand_feature_views:
              r:
                request: {a: float64, b: timestamp, unused: int64}
                features:
                  a: float64
                  sum: {type: float32, expression: "a + v:x"}
                  wait: {type: float64, expression: "seconds(b - now)"}
                  label: {type: string, expression: "concat(upper(v:s), '!')"}
                  big: {type: bool, expression: "sum > 100"}
                  clock: {type: int32, expression: "second(now)"}
            feature_services:
              all: {features: ["r:*"]}
              few: {features: ["v:x", "r:big"]}
              alone: {features: ["r:a"]}
              clocks: {features: ["r:clock"]}
            """

    private static func fixture() throws -> StoreFixture {
        let fixture = try StoreFixture(definitions)
        try fixture.push([(1, 100, nil, 7), (2, 100, nil, nil)])
        return fixture
    }

    private static func rows(_ columns: [(String, Column)]) throws -> Table {
        Table(fields: columns.map { Field($0.0, $0.1.type) }, columns: columns.map(\.1))
    }

    private static let entities: [(String, Column)] = [
        ("id", Column(.int64, [.int(1), .int(2), .int(3)])),
        ("a", Column(.float64, [.float64(0.5), .float64(200), .null])),
        ("event_timestamp", Column(.instant, [101, 102, 103].map { .timestamp(seconds($0)) })),
        ("b", Column(.instant, [.timestamp(seconds(111)), .null, .timestamp(seconds(100))])),
        ("label_of_row", Column(.int64, [.int(0), .int(1), .int(0)])),
    ]

    private static func set(_ service: String, _ columns: [(String, Column)], fullNames: Bool = false) throws -> Table {
        let fixture = try fixture()
        let store = fixture.store
        let rows = try store.entityRows(for: .service(service), table: try rows(columns), origin: "rows")
        return try store.trainingSet(for: .service(service), entities: rows, fullNames: fullNames).table
    }

    @Test func valuesAreComputedFromRequestAndHistory() throws {
        let table = try Self.set("all", Self.entities)
        // The request field that is a feature is one column, in the feature's place.
        #expect(
            table.fields.map(\.name) == [
                "id", "event_timestamp", "b", "label_of_row", "a", "sum", "wait", "label", "big", "clock",
            ])
        #expect(table.column("sum")?.allValues == [.float32(7.5), .null, .null])
        #expect(table.column("wait")?.allValues == [.float64(10), .null, .float64(-3)])
        #expect(table.column("label")?.allValues == [.string("VALUE 7!"), .null, .null])
        #expect(table.column("big")?.allValues == [.bool(false), .null, .null])
        #expect(table.column("clock")?.allValues == [.int(41), .int(42), .int(43)])
    }

    @Test func inputsThatAreNotAskedForAreReadAndNotGiven() throws {
        let table = try Self.set("few", Self.entities, fullNames: true)
        #expect(table.fields.map(\.name).suffix(2) == ["v__x", "r__big"])
        #expect(table.fields.map(\.name).contains("a"))
        #expect(table.column("r__big")?.allValues == [.bool(false), .null, .null])
    }

    @Test func aServiceOfTheRequestAloneNeedsNoKeysAndNoTimes() throws {
        let table = try Self.set("alone", [("a", Column(.int64, [.int(3), .null]))])
        #expect(table.fields.map(\.name) == ["a"])
        // In the type of the feature, whatever the file's is.
        #expect(table.columns[0].allValues == [.float64(3), .null])
        let named = try Self.set("alone", [("a", Column(.int64, [.int(3)]))], fullNames: true)
        #expect(named.fields.map(\.name) == ["a", "r__a"])
        #expect(try Self.set("alone", [("a", Column(.float64, []))]).rowCount == 0)
    }

    @Test func whatIsMissingOrUnfitIsToldInOneSentence() throws {
        func message(_ service: String, _ columns: [(String, Column)]) -> String {
            do {
                _ = try Self.set(service, columns)
                return "none"
            } catch { return "\(error)" }
        }
        let without = Self.entities.filter { $0.0 != "a" } + [("aa", Self.entities[1].1)]
        #expect(
            message("all", without)
                == "rows: there is no column 'a' (float64), a request field of r (did you mean 'aa'?)")
        let text = Self.entities.map { $0.0 == "a" ? ("a", Column(.string, [.string("far"), .null, .null])) : $0 }
        #expect(message("all", text) == "rows:a: values of type string cannot be the request field, which is float64")
        #expect(message("clocks", [("a", Column(.int64, [.int(1)]))]).contains("there is no column of times"))
        let clash = Self.entities + [("sum", Self.entities[1].1)]
        #expect(message("all", clash).contains("the entity rows have a column 'sum' already"))
    }

    @Test func rowsByRuleNeedTheRequestToo() throws {
        let fixture = try Self.fixture()
        let store = fixture.store
        let spine = EntityRecipe(
            .spine(
                every: TimeSpan(microseconds: 1_000_000), from: seconds(100), to: seconds(102),
                keys: .known(ofView: nil)))
        #expect {
            _ = try store.trainingSet(for: .service("few"), entities: spine)
        } throws: {
            "\($0)"
                == "the known keys come without a request, and 'a' is one of its fields: give keys and request in a file with --keys, or take the rows of a view that has them"
        }
        // A file's other columns go along with its keys.
        var recipe = spine
        recipe.origin = .spine(
            every: TimeSpan(microseconds: 1_000_000), from: seconds(100), to: seconds(102), keys: .given(name: "keys"))
        let keys = try Self.rows([Self.entities[0], Self.entities[1]])
        let set = try store.trainingSet(for: .service("few"), entities: recipe, rows: keys)
        #expect(set.table.rowCount == 6)
        #expect(set.table.column("big")?.allValues.filter { $0 == .bool(false) }.count == 2)
        // There is nothing to choose by.
        #expect {
            let sampled = EntityRecipe(.given(name: "rows"), sample: .keys(count: 1))
            _ = try store.trainingSet(for: .service("alone"), entities: sampled, rows: keys)
        } throws: {
            "\($0)" == "rows: what is asked for has no join keys, so rows cannot be chosen by key"
        }
    }

    @Test func recordedSetsComeOutTheSameAgain() throws {
        let fixture = try Self.fixture()
        let path = fixture.folder.path + "/entities.parquet"
        let rows = try Self.rows(Self.entities)
        let writer = try ParquetWriter(path: path, fields: rows.fields)
        try writer.write(rows)
        _ = try writer.close()
        let output = fixture.folder.path + "/out.parquet"
        let made = try fixture.store.writeTrainingSet(for: .service("all"), entities: .file(path), to: output)
        #expect(made.coverage.map(\.view) == ["v"])
        // Later definitions compute otherwise; the recorded set keeps its own.
        try fixture.apply(Self.definitions.replacing("a + v:x", with: "a - v:x"))
        try fixture.reopen()
        let again = try fixture.store.writeTrainingSetAgain(try #require(made.id), to: output)
        #expect(again.isIdentical == true)
        #expect(try fixture.store.describeTrainingSet(try #require(made.id)).obstacle == nil)
    }

    @Test func sqlIsRefused() throws {
        #expect {
            let fixture = try Self.fixture()
            _ = try fixture.store.sql(for: .service("few"), dialect: .duckdb)
        } throws: {
            "\($0)"
                == "'r:big' is computed on demand, which no other engine does to the last bit; ask for what is stored, with --features v:x, or take it from a training set"
        }
    }

    @Test func viewsAreToldApart() throws {
        let fixture = try Self.fixture()
        let store = fixture.store
        let definitions = try store.definitions()
        let view = try store.describeView(try #require(definitions.featureView(named: "v")), in: definitions)
        #expect(view.services == ["all", "few"])
        #expect(view.onDemandViews == ["r"])
        let onDemand = try store.describeOnDemandView(
            try #require(definitions.onDemandView(named: "r")), in: definitions)
        #expect(onDemand.views == ["v"])
        #expect(onDemand.services == ["all", "few", "alone", "clocks"])
        #expect(onDemand.features.map(\.reads)[1] == ["v:x"])
        #expect {
            _ = try store.ingest("r")
        } throws: {
            "\($0)" == "'r' is computed on demand and nothing of it is stored; name a feature view that has a source"
        }
    }
}
