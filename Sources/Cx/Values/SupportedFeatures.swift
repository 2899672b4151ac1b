/// Supported-Features (628): the features of one list that the sender has, TS 29.229 §6.3.29.
///
///     Supported-Features ::= {Vendor-Id} {Feature-List-ID} {Feature-List}
package struct SupportedFeatures: Hashable, Sendable {
    package var vendorID: UInt32
    package var featureListID: UInt32
    package var featureList: CxFeatures

    package init(vendorID: UInt32 = CxDictionary.vendor3GPP, featureListID: UInt32 = 1, featureList: CxFeatures) {
        self.vendorID = vendorID
        self.featureListID = featureListID
        self.featureList = featureList
    }
}
