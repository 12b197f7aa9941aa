import CArrowABI
import Foundation

/// What an exported `ArrowSchema` points to: its texts and its children, freed when the consumer releases it.
final class ExportedSchema {
    private let format: UnsafeMutablePointer<CChar>?
    private let name: UnsafeMutablePointer<CChar>?
    private let children: CArrayOfPointers<ArrowSchema>

    private init(format: String, name: String, childCount: Int) {
        self.format = strdup(format)
        self.name = strdup(name)
        children = CArrayOfPointers(count: childCount)
    }

    deinit {
        // A child that the consumer moved out has no release callback here any more: it is released where it went.
        for child in children where child.pointee.release != nil { child.pointee.release?(child) }
        children.deallocate()
        free(format)
        free(name)
    }

    /// Describes a table as a struct of its columns.
    static func describe(_ table: Table, in target: UnsafeMutablePointer<ArrowSchema>) {
        let schema = ExportedSchema(format: "+s", name: "", childCount: table.fields.count)
        for (i, field) in table.fields.enumerated() {
            // The data has the last word: a consumer may skip the bitmap of a column that is declared free of nulls.
            let isNullable = field.isNullable || table.columns[i].nullCount > 0
            describe(field.type, name: field.name, isNullable: isNullable, in: schema.children[i])
        }
        schema.move(into: target, isNullable: false)
    }

    private static func describe(
        _ type: DataType, name: String, isNullable: Bool, in target: UnsafeMutablePointer<ArrowSchema>
    ) {
        let schema = ExportedSchema(format: type.arrowFormat, name: name, childCount: type.element == nil ? 0 : 1)
        if let element = type.element {
            describe(element, name: "item", isNullable: true, in: schema.children[0])
        }
        schema.move(into: target, isNullable: isNullable)
    }

    private func move(into target: UnsafeMutablePointer<ArrowSchema>, isNullable: Bool) {
        target.initialize(
            to: ArrowSchema(
                format: format, name: name, metadata: nil, flags: isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0,
                n_children: Int64(children.count), children: children.base, dictionary: nil,
                release: { schema in
                    guard let schema, let owner = schema.pointee.private_data else { return }
                    schema.pointee.private_data = nil
                    schema.pointee.release = nil
                    Unmanaged<ExportedSchema>.fromOpaque(owner).release()
                },
                private_data: Unmanaged.passRetained(self).toOpaque()))
    }
}
