import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct ExampleEncodingTests {
    @Test func examplesAreEncodedByTheServicesFittedEncoders() throws {
        var generator = SeededGenerator(seed: 31)
        let fixture = try FeatureLogFixture(label: "{name: late, type: bool}")
        let definitions = FeatureLogFixture.definitions(label: "{name: late, type: bool}").replacing(
            "[\"v:*\"]",
            with:
                "[\"v:exact\", \"v:city\"]\n    encode: {\"v:exact\": standardize, \"v:city\": {one_hot: {max_categories: 5}}}"
        )
        try fixture.store.apply(definitions, allowsRemoval: true)
        try fixture.store.reopen()
        let store = fixture.store.store
        try fixture.push(Array(0..<40), at: 1000, &generator)
        let reader = try fixture.reader()
        let ids = (0..<45).map { "r\($0)" }
        _ = try reader.read(fixture.keys(Array(0..<45)), at: fixture.store.clock.time, requestIDs: .each(ids))
        try reader.flush()
        try store.label("m", ids.map { Label(requestID: $0, value: .bool(true)) })
        let raw = try #require(try store.examples(of: "m", for: "raw").next(atMost: 100))
        #expect(raw.vectorNames == ["v__exact"])
        let features = Table(
            fields: [Field("exact", .float64), Field("city", .string)],
            columns: ["v__exact", "v__city"].map { raw.table.column($0) ?? .nulls(.string, count: 45) })
        _ = try store.fit("m", on: features, origin: "rows")
        let state = try store.encoderState("m")
        let batch = try #require(try store.examples(of: "m", for: "encoded").next(atMost: 100))
        #expect(batch.vectorNames == state.slots && batch.vectorWidth == state.width)
        var floats = [Float](repeating: -1, count: 45 * state.width)
        floats.withUnsafeMutableBufferPointer { batch.writeVectors(into: $0) }
        let expected = try store.encode(features, with: state, origin: "rows", areNew: true)
        for (slot, column) in expected.columns.enumerated() {
            let values = column.elements(as: Float.self)
            for row in 0..<45 {
                #expect(floats[row * state.width + slot].bitPattern == values[row].bitPattern)
            }
        }
    }
}
