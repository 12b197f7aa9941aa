import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Random expressions over random rows: columns, single rows and a slow evaluator that follows the reference word for word
/// give the same bits.
@Suite struct ExpressionProperties {
    @Test(arguments: 0..<300)
    func columnsRowsAndTheReferenceAgree(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let names: [(String, FeatureType)] = [
            ("i", .int64), ("k", .int32), ("x", .float64), ("f", .float32), ("b", .bool), ("s", .string),
            ("t", .timestamp),
        ]
        let kinds: [ExpressionType] = [.integer, .float, .bool, .string, .timestamp]
        let kind = kinds[random.number(0...kinds.count - 1)]
        let text = ExpressionWriter.text(kind, depth: 4, &random)
        let types = Dictionary(uniqueKeysWithValues: names.map { ($0.0, ExpressionType($0.1)) })
        let expression = try Expression(text, names: ExpressionNames(types, subject: "a column"))
        let rowCount = [1, 63, 64, 65, 1023, 1024, 1025, 3000][random.number(0...7)]
        let hasNulls = random.chance(0.7)
        var table: [String: [Value]] = [:]
        for (name, type) in names {
            table[name] = (0..<rowCount).map { _ in ExpressionWriter.value(type, nulls: hasNulls, &random) }
        }
        let types2 = Dictionary(uniqueKeysWithValues: names)
        let columns = expression.inputs.map { Column(types2[$0.name]!.dataType, table[$0.name]!) }
        guard let resultType = expression.type.featureType else { return }
        let result = expression.evaluate(over: columns, rowCount: rowCount, as: resultType)
        let single = ExpressionRow(expression)
        let oracle = ExpressionOracle(try ExpressionParser.parse(text))
        for row in 0..<rowCount where rowCount < 100 || row % 7 == 0 || row > rowCount - 3 {
            let values = table.mapValues { $0[row] }
            let column = result.value(at: row)
            let alone = single.evaluate(expression.inputs.map { Self.widened(values[$0.name]!) })
            #expect(column.exactText == alone?.exactText, "seed \(seed), row \(row): \(text)")
            let slow = try oracle.value(values)
            #expect(
                Self.canonical(column) == Self.canonical(Self.widened(slow)),
                "seed \(seed), row \(row): \(text) of \(values)")
        }
    }

    /// Values as expressions compute with them.
    private static func widened(_ value: Value) -> Value {
        if case .float32(let number) = value { .float64(Double(number)) } else { value }
    }

    /// An integer result may stand where a float is wanted; all NaNs are one.
    private static func canonical(_ value: Value) -> String {
        switch value {
        case .float64(let number): number.isNaN ? "nan" : "d\(number.bitPattern)"
        case .int(let number): "d\(Double(number).bitPattern)"
        default: value.exactText
        }
    }
}
