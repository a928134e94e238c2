export default { serve: () => {} };
