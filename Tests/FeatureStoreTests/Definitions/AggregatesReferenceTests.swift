import FeatureStore
import Foundation
import Testing

/// The table of functions in docs/reference/aggregates.md says what the code does.
@Suite struct AggregatesReferenceTests {
    private static let kinds: [FeatureType] = [
        .bool, .int32, .int64, .float32, .float64, .string, .bytes, .timestamp, .vector(count: 3),
    ]

    /// The types that the words of the table's second column mean; nil stands for events.
    private static func types(_ words: String) -> Set<FeatureType?> {
        var types: Set<FeatureType?> = []
        for word in words.split(separator: ", ") {
            switch word {
            case "events": types.insert(nil)
            case "anything": types.formUnion(kinds)
            case "all but vectors": types.formUnion(kinds.dropLast())
            case "numbers": types.formUnion([.int32, .int64, .float32, .float64])
            case "bool and numbers": types.formUnion([.bool, .int32, .int64, .float32, .float64])
            default: types.insert(FeatureType(String(word)))
            }
        }
        return types
    }

    @Test func theReferenceListsEveryFunctionAsItIs() throws {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../docs/reference/aggregates.md")
        let text = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
        var told: [AggregateFunction: [FeatureType?: FeatureType]] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 3 else { continue }
            for name in cells[0].split(separator: ", ") {
                guard let function = AggregateFunction(name.trimmingCharacters(in: ["`"])) else { continue }
                for type in Self.types(cells[1]) {
                    let output = cells[2] == "as the column" ? type : FeatureType(cells[2])
                    told[function, default: [:]][type] = output
                }
            }
        }
        for spelling in AggregateFunction.spellings {
            let function = try #require(AggregateFunction(spelling))
            for type in Self.kinds.map(Optional.some) + [nil] {
                #expect(
                    told[function]?[type] == function.outputType(of: type), "\(spelling) of \(String(describing: type))"
                )
            }
        }
    }
}
